/** Order books of one instrument at several depths: the deepest is subscribed to, and cut for whoever wants less. */
import type { Unsubscribe } from "../readable.ts";
import type { Joins, Listener } from "./fan.ts";
import { guarded } from "./fan.ts";
import type { Topic } from "./message.ts";

interface Reader {
  depth: number;
  listener: Listener;
}
interface Levels {
  bids: unknown[];
  asks: unknown[];
}

const CHANNEL = "orderbook";

export class Depths {
  private readonly joins: Joins;
  private readonly form: Topic["parameters"];
  private readonly readers = new Map<string, Set<Reader>>();

  /** `form`: what else the socket's books are asked for with, such as `{ delta: true }`. */
  constructor(joins: Joins, form: Topic["parameters"] = {}) {
    this.joins = joins;
    this.form = form;
  }

  add(instrument: string, depth: number, listener: Listener): Unsubscribe {
    const readers = this.readers.get(instrument) ?? new Set<Reader>();
    this.readers.set(instrument, readers);
    const reader = { depth, listener };
    this.change(instrument, readers, () => readers.add(reader));
    return () => this.change(instrument, readers, () => readers.delete(reader));
  }

  /** Hand out a book. Each reader gets as many levels as it asked for. */
  tell(instrument: string, message: { data: Levels }): void {
    const { data } = message;
    for (const { depth, listener } of [...(this.readers.get(instrument) ?? [])]) {
      const isWhole = data.bids.length <= depth && data.asks.length <= depth;
      const cut = { ...data, bids: data.bids.slice(0, depth), asks: data.asks.slice(0, depth) };
      guarded(listener, isWhole ? message : { ...message, data: cut });
    }
  }

  private change(instrument: string, readers: Set<Reader>, how: () => unknown): void {
    const before = deepest(readers);
    how();
    const after = deepest(readers);
    if (before === after) return;
    const topic = (depth: number) => ({ channel: CHANNEL, instrument, parameters: { depth, ...this.form } });
    if (after > 0) this.joins.want(topic(after));
    if (before > 0) this.joins.drop(topic(before));
    if (after === 0 && this.readers.get(instrument) === readers) this.readers.delete(instrument);
  }
}

function deepest(readers: Iterable<Reader>): number {
  let depth = 0;
  for (const reader of readers) depth = Math.max(depth, reader.depth);
  return depth;
}
