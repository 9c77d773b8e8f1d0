/** Values that change and can be watched: `get` is cheap and stable between changes, as external stores want it. */

export type Unsubscribe = () => void;

/** A value somebody else changes. */
export interface Readable<T> {
  get(): T;
  /** Call `listener` after each change, until the returned function is called. */
  subscribe(listener: () => void): Unsubscribe;
}

/** A value that can be set. Setting what is already there (`Object.is`) tells nobody. */
export class Cell<T> implements Readable<T> {
  private value: T;
  private readonly listeners = new Set<() => void>();

  constructor(value: T) {
    this.value = value;
  }

  readonly get = (): T => this.value;

  readonly subscribe = (listener: () => void): Unsubscribe => {
    const own = () => listener();
    this.listeners.add(own);
    return () => this.listeners.delete(own);
  };

  set(value: T): void {
    if (Object.is(value, this.value)) return;
    this.value = value;
    for (const listener of [...this.listeners]) listener();
  }
}
