/** The market as components see it: one live value for each quote, book and tape. */
import {
  ApiError,
  type ConnectionState,
  InvalidInput,
  MarketDataWebSocket,
  type MarketSource,
  type OrderBook,
  type PublicTrade,
  type Quote,
  type Readable,
  type Topic,
} from "@openbell/sdk";
import { type Feed, Live, type Pace } from "./live.ts";

/** Trades that a tape keeps at most. */
export const TRADES_MAX = 500;

/** A public trade, and how the price moved with it. */
export interface LastTrade extends PublicTrade {
  /** 1 after a rise, -1 after a fall; a price that stays keeps the move that led to it. */
  move: -1 | 0 | 1;
}

export class MarketStore {
  readonly socket: MarketSource;
  private readonly pace: Pace | undefined;
  private readonly quotes = new Map<string, Live<Quote>>();
  private readonly books = new Map<string, Live<OrderBook>>();
  private readonly tapes = new Map<string, Live<readonly LastTrade[]>>();
  private readonly lasts = new Map<string, Live<LastTrade>>();

  /** `pace` says when components hear of changes: at once by default, `withNextFrame` where much changes. */
  constructor(socket: MarketSource, { pace }: { pace?: Pace } = {}) {
    this.socket = socket;
    this.pace = pace;
    socket.setCallbacks({ onRefused: (topic, error) => this.refuse(topic, error) });
  }

  get connection(): Readable<ConnectionState> {
    return this.socket.state;
  }

  quote(symbol: string): Live<Quote> {
    const live = this.keptIn(this.quotes, symbol, (set) => {
      const stop = this.socket.subscribeToQuotes?.(symbol, set);
      if (stop === undefined) live.fail(noQuotes());
      return stop ?? (() => undefined);
    });
    return live;
  }

  orderBook(symbol: string, depth: number): Live<OrderBook> {
    const feed = (set: (book: OrderBook) => void) => this.socket.subscribeToOrderBook(symbol, set, { depth });
    return this.keptIn(this.books, `${symbol}|${depth}`, feed);
  }

  lastTrade(symbol: string): Live<LastTrade> {
    return this.keptIn(this.lasts, symbol, (set) => {
      let last: LastTrade | undefined;
      return this.socket.subscribeToTrades(symbol, (trade) => {
        last = after(last, trade);
        set(last);
      });
    });
  }

  /** The latest trades, newest first. */
  trades(symbol: string): Live<readonly LastTrade[]> {
    return this.keptIn(this.tapes, symbol, (set) => {
      let tape: readonly LastTrade[] = [];
      return this.socket.subscribeToTrades(symbol, (trade) => {
        // A new connection tells the latest trade once more.
        if (trade.trade_id && trade.trade_id === tape[0]?.trade_id) return;
        tape = [after(tape[0], trade), ...tape.slice(0, TRADES_MAX - 1)];
        set(tape);
      });
    });
  }

  private refuse(topic: Topic, error: { code?: unknown; message?: unknown } | undefined): void {
    const { channel, instrument = "" } = topic;
    const refusal = new ApiError({
      status: 0,
      code: String(error?.code ?? "INVALID_SUBSCRIPTION"),
      message: String(error?.message ?? "The subscription was refused."),
      details: [{ field: "symbol", message: "Choose one of the instruments the server lists." }],
    });
    if (channel === "quotes") this.quotes.get(instrument)?.fail(refusal);
    if (channel === "trades") {
      this.tapes.get(instrument)?.fail(refusal);
      this.lasts.get(instrument)?.fail(refusal);
    }
    for (const [key, book] of this.books) {
      if (channel === "orderbook" && key.startsWith(`${instrument}|`)) book.fail(refusal);
    }
  }

  private keptIn<T>(map: Map<string, Live<T>>, key: string, feed: Feed<T>): Live<T> {
    const live = map.get(key) ?? new Live(feed, this.pace);
    map.set(key, live);
    return live;
  }
}

function after(last: LastTrade | undefined, trade: PublicTrade): LastTrade {
  const move = last ? (Math.sign(Number(trade.price) - Number(last.price)) as LastTrade["move"]) : 0;
  return { ...trade, move: move || (last?.move ?? 0) };
}

function noQuotes(): InvalidInput {
  return new InvalidInput("quotes", "this source tells none", "Use useLastTrade, or a MarketDataWebSocket.");
}

/** Make a store on a socket of its own. */
export function marketStore(wsUrl: string | undefined): MarketStore {
  return new MarketStore(new MarketDataWebSocket(wsUrl === undefined ? {} : { url: wsUrl }));
}
