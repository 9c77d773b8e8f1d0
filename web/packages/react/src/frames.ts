/** Values that change faster than anybody can look: listeners hear of them once a frame. */
import type { Readable, Unsubscribe } from "@openbell/sdk";

const due = new Set<() => void>();
let isAsked = false;

/** Call something with the next frame; asking twice calls it once. In a hidden page frames stop, so a timer helps. */
export function withNextFrame(work: () => void): void {
  due.add(work);
  if (isAsked) return;
  isAsked = true;
  if (document.hidden) setTimeout(flush, 500);
  else requestAnimationFrame(flush);
}

function flush(): void {
  isAsked = false;
  const now = [...due];
  due.clear();
  for (const work of now) work();
}

/** A value whose listeners are told with the next frame. */
export class FrameCell<T> implements Readable<T> {
  private value: T;
  private shown: T;
  private readonly listeners = new Set<() => void>();

  constructor(value: T) {
    this.value = value;
    this.shown = value;
  }

  /** What is on the screen. */
  readonly get = (): T => this.shown;

  /** The newest, shown or not. */
  readonly latest = (): T => this.value;

  readonly subscribe = (listener: () => void): Unsubscribe => {
    const own = () => listener();
    this.listeners.add(own);
    return () => this.listeners.delete(own);
  };

  set(value: T): void {
    this.value = value;
    withNextFrame(this.show);
  }

  private readonly show = (): void => {
    if (this.shown === this.value) return;
    this.shown = this.value;
    for (const listener of [...this.listeners]) listener();
  };
}
