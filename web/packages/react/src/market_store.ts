/** The market as components see it: one live value for each quote, book and tape. */
import {
  ApiError,
  type ConnectionState,
  MarketDataWebSocket,
  type OrderBook,
  type PublicTrade,
  type Quote,
  type Readable,
  type Topic,
} from "@openbell/sdk";
import { Live } from "./live.ts";

/** Trades that a tape keeps at most. */
export const TRADES_MAX = 500;

export class MarketStore {
  readonly socket: MarketDataWebSocket;
  private readonly quotes = new Map<string, Live<Quote>>();
  private readonly books = new Map<string, Live<OrderBook>>();
  private readonly tapes = new Map<string, Live<readonly PublicTrade[]>>();

  constructor(socket: MarketDataWebSocket) {
    this.socket = socket;
    socket.setCallbacks({ onRefused: (topic, error) => this.refuse(topic, error) });
  }

  get connection(): Readable<ConnectionState> {
    return this.socket.state;
  }

  quote(symbol: string): Live<Quote> {
    return keptIn(this.quotes, symbol, (set) => this.socket.subscribeToQuotes(symbol, set));
  }

  orderBook(symbol: string, depth: number): Live<OrderBook> {
    const feed = (set: (book: OrderBook) => void) => this.socket.subscribeToOrderBook(symbol, set, { depth });
    return keptIn(this.books, `${symbol}|${depth}`, feed);
  }

  /** The latest trades, newest first. */
  trades(symbol: string): Live<readonly PublicTrade[]> {
    return keptIn(this.tapes, symbol, (set) => {
      let tape: readonly PublicTrade[] = [];
      return this.socket.subscribeToTrades(symbol, (trade) => {
        tape = [trade, ...tape.slice(0, TRADES_MAX - 1)];
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
    if (channel === "trades") this.tapes.get(instrument)?.fail(refusal);
    for (const [key, book] of this.books) {
      if (channel === "orderbook" && key.startsWith(`${instrument}|`)) book.fail(refusal);
    }
  }
}

function keptIn<T>(
  map: Map<string, Live<T>>,
  key: string,
  feed: ConstructorParameters<typeof Live<T>>[0],
): Live<T> {
  const live = map.get(key) ?? new Live(feed);
  map.set(key, live);
  return live;
}

/** Make a store on a socket of its own. */
export function marketStore(wsUrl: string | undefined): MarketStore {
  return new MarketStore(new MarketDataWebSocket(wsUrl === undefined ? {} : { url: wsUrl }));
}
