/** Quotes, books and trades of one instrument, as they change. */
import { type DecimalText, decimal, type OpenbellError, type OrderBook, type Quote } from "@openbell/sdk";
import { useMemo } from "react";
import { useMarketStore } from "./market_data.tsx";
import type { LastTrade } from "./market_store.ts";
import { useReadable } from "./use_readable.ts";

interface Arriving {
  /** Nothing has come yet, and nothing was refused. */
  loading: boolean;
  error: OpenbellError | null;
  /** The connection is not open: what is shown may be old. */
  isStale: boolean;
  /** When what is shown came, in milliseconds since 1970. */
  receivedAt: number | null;
}

export interface SymbolData extends Arriving {
  symbol: string;
  /** Last price; decimals are text, null before the first quote. */
  price: DecimalText | null;
  /** Since the start of the UTC day. */
  change: DecimalText | null;
  changePercent: DecimalText | null;
  volume: DecimalText | null;
  bid: DecimalText | null;
  ask: DecimalText | null;
  quote: Quote | null;
  timestamp: string | null;
}

/** The latest quote of an instrument. */
export function useSymbol(symbol: string): SymbolData {
  const store = useMarketStore();
  const { value: quote, error, receivedAt } = useReadable(store.quote(symbol));
  const isStale = useReadable(store.connection).status !== "open";
  return useMemo(
    () => ({
      symbol,
      price: quote?.price ?? null,
      change: quote?.change ?? null,
      changePercent: quote?.change_percent ?? null,
      volume: quote?.volume ?? null,
      bid: quote?.bid ?? null,
      ask: quote?.ask ?? null,
      timestamp: quote?.timestamp ?? null,
      quote,
      loading: quote === null && error === null,
      error,
      isStale,
      receivedAt,
    }),
    [symbol, quote, error, isStale, receivedAt],
  );
}

export interface OrderBookData extends Arriving {
  orderBook: OrderBook | null;
  /** Best ask less best bid; null while a side is empty. */
  spread: DecimalText | null;
  midPrice: DecimalText | null;
}

/** The top of an instrument's order book, `depth` levels a side. */
export function useOrderBook(symbol: string, { depth = 10 }: { depth?: number } = {}): OrderBookData {
  const store = useMarketStore();
  const { value: orderBook, error, receivedAt } = useReadable(store.orderBook(symbol, depth));
  const isStale = useReadable(store.connection).status !== "open";
  return useMemo(
    () => ({
      orderBook,
      ...middle(orderBook),
      loading: orderBook === null && error === null,
      error,
      isStale,
      receivedAt,
    }),
    [orderBook, error, isStale, receivedAt],
  );
}

function middle(book: OrderBook | null): { spread: DecimalText | null; midPrice: DecimalText | null } {
  const [bid, ask] = [book?.bids[0]?.price, book?.asks[0]?.price];
  if (bid === undefined || ask === undefined) return { spread: null, midPrice: null };
  return {
    spread: decimal(ask).minus(decimal(bid)).toFixed(),
    midPrice: decimal(ask).plus(decimal(bid)).dividedBy(2).toFixed(),
  };
}

export interface TradesData extends Arriving {
  /** Newest first. */
  trades: readonly LastTrade[];
}

const NONE: readonly LastTrade[] = [];

/** The latest public trades of an instrument. */
export function useTrades(symbol: string, { limit = 50 }: { limit?: number } = {}): TradesData {
  const store = useMarketStore();
  const { value, error, receivedAt } = useReadable(store.trades(symbol));
  const isStale = useReadable(store.connection).status !== "open";
  return useMemo(
    () => ({
      trades: value?.slice(0, limit) ?? NONE,
      loading: value === null && error === null,
      error,
      isStale,
      receivedAt,
    }),
    [value, error, isStale, receivedAt, limit],
  );
}

export interface LastTradeData extends Arriving {
  trade: LastTrade | null;
  price: DecimalText | null;
  /** 1 after a rise, -1 after a fall. */
  move: LastTrade["move"];
}

/** The latest public trade of an instrument, from whichever socket the provider has. */
export function useLastTrade(symbol: string): LastTradeData {
  const store = useMarketStore();
  const { value: trade, error, receivedAt } = useReadable(store.lastTrade(symbol));
  const isStale = useReadable(store.connection).status !== "open";
  return useMemo(
    () => ({
      trade,
      price: trade?.price ?? null,
      move: trade?.move ?? 0,
      loading: trade === null && error === null,
      error,
      isStale,
      receivedAt,
    }),
    [trade, error, isStale, receivedAt],
  );
}
