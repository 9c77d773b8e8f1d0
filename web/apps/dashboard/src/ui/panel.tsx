/** Panels and the four states of what they show: loading, failed, empty, there. */
import type { ReactNode } from "react";
import { useId } from "react";
import { Icon, type IconName } from "./icons.tsx";

interface PanelProps {
  readonly title: string;
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  /** Without padding, for tables and charts. */
  readonly layout?: "padded" | "flush";
  readonly className?: string;
  readonly children: ReactNode;
}

export function Panel({ title, note, actions, layout = "padded", className = "", children }: PanelProps) {
  const id = useId();
  return (
    <section className={`panel ${className}`} aria-labelledby={id}>
      <header className="panel-head">
        <h2 id={id}>{title}</h2>
        {note ? <span className="note">{note}</span> : null}
        {actions}
      </header>
      <div className={layout === "flush" ? "panel-body flush" : "panel-body"}>{children}</div>
    </section>
  );
}

/** What a query knows about itself, as far as a panel needs it. */
export interface Asked<Data> {
  readonly data: Data | undefined;
  readonly error: unknown;
  readonly isPending: boolean;
  readonly refetch: () => unknown;
}

interface LoadedProps<Data> {
  readonly query: Asked<Data>;
  readonly children: (data: Data) => ReactNode;
  readonly lines?: number;
}

/** Show data once it is here; bones until then, and what went wrong with a way to try again. */
export function Loaded<Data>({ query, children, lines = 4 }: LoadedProps<Data>) {
  if (query.data !== undefined) {
    return (
      <>
        {query.error ? <OldData query={query} /> : null}
        {children(query.data)}
      </>
    );
  }
  if (query.error) return <Failed error={query.error} retry={query.refetch} />;
  return <Bones lines={lines} />;
}

function OldData<Data>({ query }: { query: Asked<Data> }) {
  return (
    <div className="note-box warned" role="status">
      <span className="grow">This may be out of date: {messageOf(query.error)}</span>
      <button type="button" className="button small" onClick={() => query.refetch()}>
        Try again
      </button>
    </div>
  );
}

export function Bones({ lines = 4 }: { lines?: number }) {
  return (
    <div className="bones" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bones are all alike and never move
        <div className="bone" key={index} style={{ width: `${92 - ((index * 17) % 40)}%` }} />
      ))}
    </div>
  );
}

export function Failed({ error, retry }: { error: unknown; retry?: (() => unknown) | undefined }) {
  return (
    <div className="empty" role="alert">
      <Icon name="warning" size={22} />
      <strong>This could not be loaded</strong>
      <span>{messageOf(error)}</span>
      {retry ? (
        <button type="button" className="button small" onClick={() => retry()}>
          <Icon name="refresh" size={14} /> Try again
        </button>
      ) : null}
    </div>
  );
}

interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ReactNode;
}

export function Empty({ icon, title, children }: EmptyProps) {
  return (
    <div className="empty">
      <Icon name={icon} size={22} />
      <strong>{title}</strong>
      {children ? <span>{children}</span> : null}
    </div>
  );
}

/** A sentence for people about anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "Something went wrong.";
}
