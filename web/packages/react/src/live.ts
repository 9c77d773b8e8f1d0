/** Values fed from outside React while somebody looks, one store for each thing shown. */
import type { OpenbellError, Readable, Unsubscribe } from "@openbell/sdk";

export interface LiveState<T> {
  value: T | null;
  error: OpenbellError | null;
  /** When the value came, in milliseconds since 1970; null before it did. */
  receivedAt: number | null;
}

/** Starts feeding a value, and gives what stops it. */
export type Feed<T> = (set: (value: T) => void) => Unsubscribe;
/** When listeners hear of a change: at once, or with the next frame. Asked twice with the same work it may do it once. */
export type Pace = (work: () => void) => void;

const AT_ONCE: Pace = (work) => work();

/** A value that is fed from its first listener on until its last one leaves; then it keeps what it had. */
export class Live<T> implements Readable<LiveState<T>> {
  private shown: LiveState<T> = { value: null, error: null, receivedAt: null };
  private latest = this.shown;
  private readonly feed: Feed<T>;
  private readonly pace: Pace;
  private readonly listeners = new Set<() => void>();
  private stop: Unsubscribe | null = null;

  constructor(feed: Feed<T>, pace: Pace = AT_ONCE) {
    this.feed = feed;
    this.pace = pace;
  }

  readonly get = (): LiveState<T> => this.shown;

  readonly subscribe = (listener: () => void): Unsubscribe => {
    const own = () => listener();
    this.listeners.add(own);
    this.stop ??= this.feed((value) => this.set({ value, error: null, receivedAt: Date.now() }));
    return () => {
      this.listeners.delete(own);
      if (this.listeners.size > 0) return;
      this.stop?.();
      this.stop = null;
    };
  };

  /** Say that the value will not come; what was there stays. */
  fail(error: OpenbellError): void {
    this.set({ ...this.latest, error });
  }

  private set(state: LiveState<T>): void {
    this.latest = state;
    this.pace(this.show);
  }

  private readonly show = (): void => {
    if (this.shown === this.latest) return;
    this.shown = this.latest;
    for (const listener of [...this.listeners]) listener();
  };
}
