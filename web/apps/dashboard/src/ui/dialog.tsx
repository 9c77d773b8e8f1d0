/** Dialogs on the browser's own element: focus stays inside, Escape closes. */
import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { Input } from "./form.tsx";
import { Icon } from "./icons.tsx";
import { messageOf } from "./panel.tsx";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly size?: "normal" | "wide";
  readonly children: ReactNode;
}

export function Dialog({ title, onClose, size = "normal", children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = element.current;
    if (dialog && !dialog.open) {
      dialog.showModal();
      // The browser would begin at the button that closes it.
      (dialog.querySelector<HTMLElement>("input, select, textarea") ?? dialog).focus();
    }
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={element}
      className={`dialog ${size === "wide" ? "wide" : ""}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div className="dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" className="button quiet icon-only" aria-label="Close" onClick={onClose}>
          <Icon name="close" size={16} />
        </button>
      </div>
      {children}
    </dialog>
  );
}

interface ConfirmProps {
  readonly title: string;
  readonly action: string;
  readonly children: ReactNode;
  /** A word that has to be typed before the button works. */
  readonly typed?: string;
  readonly tone?: "danger" | "primary";
  readonly run: () => Promise<unknown>;
  readonly onClose: () => void;
}

/** Ask before something that cannot be taken back, do it, and say what went wrong if it did. */
export function Confirm({ title, action, children, typed, tone = "danger", run, onClose }: ConfirmProps) {
  const [word, setWord] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const isReady = !typed || word.trim().toUpperCase() === typed;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!isReady || isBusy) return;
    setBusy(true);
    setError(undefined);
    try {
      await run();
      onClose();
    } catch (problem) {
      setError(messageOf(problem));
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="dialog-body" onSubmit={submit}>
        <div className="dim stack tight">{children}</div>
        {typed ? (
          <Input
            label={`Type ${typed} to go on`}
            value={word}
            autoFocus
            onChange={(e) => setWord(e.target.value)}
          />
        ) : null}
        {error ? (
          <div className="note-box bad" role="alert">
            {error}
          </div>
        ) : null}
        <div className="dialog-foot">
          <button type="button" className="button" onClick={onClose}>
            Keep as it is
          </button>
          <button type="submit" className={`button ${tone}`} disabled={!isReady || isBusy}>
            {isBusy ? "Working…" : action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
