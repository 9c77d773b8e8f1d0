/** Quotes, trades and order books from `/ws/market-data`, open to everybody. */
import type { Backoff, Draw } from "./backoff.ts";
import type { OrderBook, PublicTrade, Quote } from "./models.ts";
import type { Readable, Unsubscribe } from "./readable.ts";
import { ownOrigin } from "./stream.ts";
import type { ConnectionState } from "./stream_types.ts";
import { Connection, type SocketFactory } from "./wire/connection.ts";
import { Depths } from "./wire/depths.ts";
import { MARKET_DATA } from "./wire/dialect.ts";
import { Fan, type Listener } from "./wire/fan.ts";
import { Line } from "./wire/line.ts";
import type { Message, Topic } from "./wire/message.ts";

export interface MarketDataOptions {
  /** Address of the socket, such as `ws://localhost:8000/ws/market-data`; by default the page's own origin. */
  url?: string;
  /** The server collects this connection's market data that long, 1 to 100 ms, into one message. */
  batchMs?: number;
  WebSocket?: SocketFactory;
  backoff?: Backoff;
  draw?: Draw;
}

export interface MarketDataCallbacks {
  onStateChange?: (state: ConnectionState) => void;
  /** A subscription was refused, and is not tried again. */
  onRefused?: (topic: Topic, error: Message["error"]) => void;
  onError?: (error: Message["error"]) => void;
}

export class MarketDataWebSocket {
  private readonly options: MarketDataOptions;
  private readonly parameters: { parameters?: { batch_ms: number } };
  private readonly connection: Connection;
  private callbacks: MarketDataCallbacks = {};
  private readonly fan: Fan;
  private readonly depths: Depths;

  constructor(options: MarketDataOptions = {}) {
    this.options = options;
    this.parameters = options.batchMs === undefined ? {} : { parameters: { batch_ms: options.batchMs } };
    this.connection = this.newConnection();
    this.fan = new Fan(this.connection);
    this.depths = new Depths(this.connection);
    this.connection.state.subscribe(() => this.callbacks.onStateChange?.(this.connection.state.get()));
  }

  /** How the connection is, watchable. */
  get state(): Readable<ConnectionState> {
    return this.connection.state;
  }

  get connectionState(): ConnectionState["status"] {
    return this.connection.state.get().status;
  }

  get isConnected(): boolean {
    return this.connectionState === "open";
  }

  setCallbacks(callbacks: MarketDataCallbacks): void {
    this.callbacks = { ...this.callbacks, ...callbacks };
  }

  /** Connect, and stay connected until `disconnect`. Settles when the connection is open. */
  connect(): Promise<void> {
    return this.connection.connect();
  }

  /** End. `connect` begins again, with the same subscriptions. */
  disconnect(): void {
    this.connection.close();
  }

  /** Do not wait any longer before the next attempt. */
  retryNow(): void {
    this.connection.retryNow();
  }

  subscribeToQuotes(symbol: string, callback: (quote: Quote) => void): Unsubscribe {
    return this.fan.add({ channel: "quotes", instrument: symbol, ...this.parameters }, data(callback));
  }

  subscribeToTrades(symbol: string, callback: (trade: PublicTrade) => void): Unsubscribe {
    return this.fan.add({ channel: "trades", instrument: symbol, ...this.parameters }, data(callback));
  }

  /** `depth` levels a side, 1 to 100, 10 by default; the newest book counts. */
  subscribeToOrderBook(
    symbol: string,
    callback: (orderBook: OrderBook) => void,
    { depth = 10 }: { depth?: number } = {},
  ): Unsubscribe {
    return this.depths.add(symbol, depth, data(callback));
  }

  private newConnection(): Connection {
    const { backoff, draw } = this.options;
    const line = new Line(MARKET_DATA, { ...(backoff ? { backoff } : {}), ...(draw ? { draw } : {}) });
    return new Connection({
      line,
      address: async () => this.options.url ?? ownOrigin("/ws/market-data"),
      WebSocket: this.options.WebSocket,
      onMessage: (message) => this.hear(message),
      onRefused: (topic, error) => {
        this.fan.forget(topic);
        this.callbacks.onRefused?.(topic, error);
      },
    });
  }

  private hear(message: Message): void {
    const { type, channel = "", symbol = "" } = message;
    if (type === "error") this.callbacks.onError?.(message.error);
    else if (type === "orderbook") this.depths.tell(symbol, message as never);
    else this.fan.tell({ channel, instrument: symbol, ...this.parameters }, message);
  }
}

function data<T>(callback: (value: T) => void): Listener {
  return (message: { data: T }) => callback(message.data);
}
