/** How the three sockets differ: who says first who they are, how a subscription is put, what is numbered. */
import type { Topic } from "./message.ts";

export interface Dialect {
  /** Whether the first message must say who is calling. */
  signsIn: boolean;
  /** Name of the private stream in heartbeats, and its channel. Null where there is none. */
  privateChannel: string | null;
  /** Channels of the account that number their messages with holes, and take `from_seq`. */
  accountChannels: ReadonlySet<string>;
  /** Topics of one channel and one form, in one message. */
  subscription(type: "subscribe" | "unsubscribe", topics: readonly Topic[]): Record<string, unknown>;
  /** Asks for the private events after this one on the open socket. Null where only a new connection can. */
  resumption: ((fromSeq: number) => Record<string, unknown>) | null;
}

function subscriptionOf(field: "instruments" | "symbols"): Dialect["subscription"] {
  return (type, topics) => {
    const [first] = topics;
    const instruments = topics.flatMap((topic) => topic.instrument ?? []);
    return {
      type,
      channel: first?.channel,
      ...(instruments.length > 0 ? { [field]: instruments } : {}),
      ...(first?.parameters ? { parameters: first.parameters } : {}),
    };
  };
}

/** `/ws`: an account's events, and the market in the terminal's words. */
export const STREAM: Dialect = {
  signsIn: false,
  privateChannel: "private",
  accountChannels: new Set(["portfolio_updates", "trade_notifications", "order_fills"]),
  subscription: subscriptionOf("instruments"),
  resumption: (fromSeq) => ({ type: "subscribe", channel: "private", from_seq: fromSeq }),
};

/** `/ws/market-data`: the market for everybody. */
export const MARKET_DATA: Dialect = {
  signsIn: false,
  privateChannel: null,
  accountChannels: new Set(),
  subscription: subscriptionOf("symbols"),
  resumption: null,
};

/** `/ws/trading`: orders, and what becomes of them. */
export const TRADING: Dialect = {
  signsIn: true,
  privateChannel: "trading",
  accountChannels: new Set(),
  subscription: subscriptionOf("symbols"),
  resumption: null,
};
