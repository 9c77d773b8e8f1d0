/** The market from whichever socket has it: one shape for `/ws/market-data` and for an account's stream. */
import type { OrderBook, PublicTrade, Quote } from "./models.ts";
import type { Readable, Unsubscribe } from "./readable.ts";
import type { AccountStream } from "./stream.ts";
import type { ConnectionState } from "./stream_types.ts";
import type { Message, Topic } from "./wire/message.ts";

/** What tells of the market: `MarketDataWebSocket`, or an account's stream through `StreamMarket`. */
export interface MarketSource {
  readonly state: Readable<ConnectionState>;
  connect(): Promise<void>;
  disconnect(): void;
  retryNow(): void;
  setCallbacks(callbacks: { onRefused?: (topic: Topic, error: Message["error"]) => void }): void;
  subscribeToTrades(symbol: string, callback: (trade: PublicTrade) => void): Unsubscribe;
  subscribeToOrderBook(
    symbol: string,
    callback: (orderBook: OrderBook) => void,
    how: { depth?: number },
  ): Unsubscribe;
  /** Not every socket tells quotes: the account's stream does not. */
  subscribeToQuotes?(symbol: string, callback: (quote: Quote) => void): Unsubscribe;
}

/** The market of an account's stream: one socket for a page that shows both. Its books are held against checksums. */
export class StreamMarket implements MarketSource {
  private readonly stream: AccountStream;

  constructor(stream: AccountStream) {
    this.stream = stream;
  }

  get state(): Readable<ConnectionState> {
    return this.stream.state;
  }

  connect(): Promise<void> {
    return this.stream.connect();
  }

  disconnect(): void {
    this.stream.close();
  }

  retryNow(): void {
    this.stream.retryNow();
  }

  setCallbacks({ onRefused }: Parameters<MarketSource["setCallbacks"]>[0]): void {
    if (onRefused !== undefined) this.stream.onRefused(onRefused);
  }

  subscribeToTrades(symbol: string, callback: (trade: PublicTrade) => void): Unsubscribe {
    return this.stream.market("trades", symbol, {}, ({ data }) => {
      const { price, quantity, timestamp, trade_id } = data;
      callback({ symbol, price, quantity, timestamp, trade_id: trade_id ?? null, side: null });
    });
  }

  subscribeToOrderBook(
    symbol: string,
    callback: (orderBook: OrderBook) => void,
    how: { depth?: number } = {},
  ): Unsubscribe {
    return this.stream.market("orderbook", symbol, how, ({ data }) => {
      const { bids, asks, sequence, timestamp } = data;
      callback({ symbol, bids, asks, sequence, timestamp });
    });
  }
}
