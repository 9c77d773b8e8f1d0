/** The book and the latest prints of one symbol, for whoever looks at it. */
import type { MarketChannels } from "@openbell/sdk";
import { useEffect, useState, useSyncExternalStore } from "react";
import type { Decimal } from "../format/decimal.ts";
import { FrameCell } from "./frames.ts";
import { stream } from "./stream.ts";

export interface Level {
  readonly price: Decimal;
  readonly quantity: Decimal;
}

export interface Book {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
  readonly at: number;
}

export interface Print {
  readonly id: string;
  readonly price: Decimal;
  readonly quantity: Decimal;
  readonly timestamp: string;
  readonly move: -1 | 0 | 1;
}

const PRINTS_MAX = 40;

/** The whole top of the book, newest first on screen with the next frame. */
export function useBook(symbol: string, depth: number): Book | undefined {
  const [cell] = useState(() => new FrameCell<Book | undefined>(undefined));
  useEffect(() => {
    cell.set(undefined);
    return stream.market("orderbook", symbol, { depth }, ({ data }: MarketChannels["orderbook"]) =>
      cell.set({ bids: data.bids, asks: data.asks, at: Date.now() }),
    );
  }, [cell, symbol, depth]);
  return useSyncExternalStore(cell.subscribe, cell.get);
}

/** The latest public trades, newest first. */
export function usePrints(symbol: string): readonly Print[] {
  const [cell] = useState(() => new FrameCell<readonly Print[]>([]));
  useEffect(() => {
    cell.set([]);
    return stream.market("trades", symbol, {}, ({ data }) => {
      const before = cell.latest();
      const move = before[0] ? (Math.sign(Number(data.price) - Number(before[0].price)) as Print["move"]) : 0;
      const print = {
        id: data.trade_id,
        price: data.price,
        quantity: data.quantity,
        timestamp: data.timestamp,
        move: move || (before[0]?.move ?? 0),
      };
      cell.set([print, ...before.slice(0, PRINTS_MAX - 1)]);
    });
  }, [cell, symbol]);
  return useSyncExternalStore(cell.subscribe, cell.get);
}
