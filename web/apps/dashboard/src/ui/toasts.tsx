/** Short notices of what became of something, at the edge of the page. */
import { useReadable } from "@openbell/react";
import { Cell } from "@openbell/sdk";
import { Icon } from "./icons.tsx";
import { messageOf } from "./panel.tsx";

interface Toast {
  readonly id: number;
  readonly tone: "good" | "bad" | "warned";
  readonly text: string;
}

const SHOWN_MS = 5_000;
const TOASTS_MAX = 4;
const toasts = new Cell<readonly Toast[]>([]);
let last = 0;

/** Say something; it goes away by itself. */
export function say(text: string, tone: Toast["tone"] = "good"): void {
  last += 1;
  const toast = { id: last, tone, text };
  toasts.set([...toasts.get(), toast].slice(-TOASTS_MAX));
  setTimeout(() => dismiss(toast.id), SHOWN_MS);
}

/** Do something and say how it went; gives null where it failed. */
export async function tell<T>(work: Promise<T>, done?: string): Promise<T | null> {
  try {
    const result = await work;
    if (done) say(done);
    return result;
  } catch (error) {
    say(messageOf(error), "bad");
    return null;
  }
}

function dismiss(id: number): void {
  toasts.set(toasts.get().filter((toast) => toast.id !== id));
}

export function Toasts() {
  const shown = useReadable(toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((toast) => (
        <div key={toast.id} className={`toast ${toast.tone}`}>
          <Icon name={toast.tone === "good" ? "check" : "warning"} size={16} />
          <span className="grow">{toast.text}</span>
          <button type="button" aria-label="Dismiss" onClick={() => dismiss(toast.id)}>
            <Icon name="close" size={14} />
          </button>
        </div>
      ))}
    </div>
  );
}
