/** The latest print of each symbol somebody looks at. One subscription a symbol, however many look. */
import type { Unsubscribe } from "@openbell/sdk";
import { useCallback, useSyncExternalStore } from "react";
import type { Decimal } from "../format/decimal.ts";
import { FrameCell } from "./frames.ts";
import { stream } from "./stream.ts";

export interface Quote {
  readonly price: Decimal;
  /** 1 after a rise, −1 after a fall. */
  readonly move: -1 | 0 | 1;
  readonly at: number;
}

interface Watched {
  readonly cell: FrameCell<Quote | undefined>;
  watchers: number;
  stop: Unsubscribe | undefined;
}

const watched = new Map<string, Watched>();

function entryOf(symbol: string): Watched {
  const found = watched.get(symbol);
  if (found) return found;
  const made: Watched = { cell: new FrameCell<Quote | undefined>(undefined), watchers: 0, stop: undefined };
  watched.set(symbol, made);
  return made;
}

function watch(symbol: string, listener: () => void): Unsubscribe {
  const entry = entryOf(symbol);
  entry.watchers += 1;
  entry.stop ??= stream.market("ticks", symbol, {}, ({ data }) => {
    const before = entry.cell.latest();
    const move = before ? (Math.sign(Number(data.price) - Number(before.price)) as Quote["move"]) : 0;
    entry.cell.set({ price: data.price, move: move || (before?.move ?? 0), at: Date.now() });
  });
  const stopListening = entry.cell.subscribe(listener);
  return () => {
    stopListening();
    entry.watchers -= 1;
    if (entry.watchers > 0) return;
    entry.stop?.();
    entry.stop = undefined;
  };
}

/** The latest print of a symbol, as long as somebody shows it. */
export function useQuote(symbol: string): Quote | undefined {
  const subscribe = useCallback((listener: () => void) => watch(symbol, listener), [symbol]);
  return useSyncExternalStore(subscribe, () => entryOf(symbol).cell.get());
}
