/** Values fed from outside React while somebody looks, one store for each thing shown. */
import type { OpenbellError, Readable, Unsubscribe } from "@openbell/sdk";

export interface LiveState<T> {
  value: T | null;
  error: OpenbellError | null;
}

/** Starts feeding a value, and gives what stops it. */
export type Feed<T> = (set: (value: T) => void) => Unsubscribe;

/** A value that is fed from its first listener on until its last one leaves; then it keeps what it had. */
export class Live<T> implements Readable<LiveState<T>> {
  private state: LiveState<T> = { value: null, error: null };
  private readonly feed: Feed<T>;
  private readonly listeners = new Set<() => void>();
  private stop: Unsubscribe | null = null;

  constructor(feed: Feed<T>) {
    this.feed = feed;
  }

  readonly get = (): LiveState<T> => this.state;

  readonly subscribe = (listener: () => void): Unsubscribe => {
    const own = () => listener();
    this.listeners.add(own);
    this.stop ??= this.feed((value) => this.set({ value, error: null }));
    return () => {
      this.listeners.delete(own);
      if (this.listeners.size > 0) return;
      this.stop?.();
      this.stop = null;
    };
  };

  /** Say that the value will not come; what was there stays. */
  fail(error: OpenbellError): void {
    this.set({ value: this.state.value, error });
  }

  private set(state: LiveState<T>): void {
    this.state = state;
    for (const listener of [...this.listeners]) listener();
  }
}
