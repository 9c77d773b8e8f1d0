/** What an account's stream (`/ws`) offers to its listeners. */
import type { StreamReceived } from "./generated/messages.ts";
import type { Readable, Unsubscribe } from "./readable.ts";

/** How a connection is; `waitMs` is how long it waits before it tries again. */
export type ConnectionState =
  | { status: "idle" }
  | { status: "connecting"; attempt: number }
  | { status: "open" }
  | { status: "waiting"; attempt: number; waitMs: number; reason: string }
  | { status: "closed"; reason: string };

/** A message of the stream by its type; decimals in it are text. */
export type StreamMessage<T extends keyof StreamReceived> = StreamReceived[T];
/** Messages of the own account, which come without asking and are never lost. */
export type PrivateType =
  | "order_update"
  | "trade"
  | "position_update"
  | "strategy_update"
  | "alert"
  | "kill_switch"
  | "account_event"
  | "snapshot"
  | "resync";
/** Channels of the market, for instruments. */
export interface MarketChannels {
  ticks: StreamReceived["tick"];
  trades: StreamReceived["tick"];
  candles: StreamReceived["candle"];
  orderbook: StreamReceived["orderbook"];
}
/** Channels of the own account that are subscribed to. */
export interface AccountChannels {
  portfolio_updates: StreamReceived["portfolio_update"];
  trade_notifications: StreamReceived["trade_notification"];
  order_fills: StreamReceived["order_fill"];
  runs: StreamReceived["run_update"];
}
export interface MarketParameters {
  timeframe?: "1s" | "5s" | "1m" | "5m" | "15m" | "1h" | "1d";
  depth?: number;
}

/** The stream of an account: private events resumed without a gap, market data for whoever asks. */
export interface Stream {
  readonly state: Readable<ConnectionState>;
  /** Number of the last private event of which everything came. */
  readonly lastSeq: number | null;
  connect(): Promise<void>;
  close(): void;
  /** Hear private messages of one type, over all reconnects. */
  on<T extends PrivateType>(type: T, listener: (message: StreamMessage<T>) => void): Unsubscribe;
  /** Hear a market channel of one instrument; listeners of the same thing share one subscription. */
  market<C extends keyof MarketChannels>(
    channel: C,
    instrument: string,
    parameters: MarketParameters,
    listener: (message: MarketChannels[C]) => void,
  ): Unsubscribe;
  /** Hear a channel of the account. */
  account<C extends keyof AccountChannels>(
    channel: C,
    listener: (message: AccountChannels[C]) => void,
  ): Unsubscribe;
}
