/** What the desk contract (`/api/v1`, `/ws/market-data`, `/ws/trading`) speaks of. Decimals are text. */
import type { DecimalInput, DecimalText } from "./decimal.ts";
import type { components } from "./generated/desk.ts";
import type { TradingReceived } from "./generated/messages.ts";

type Schemas = components["schemas"];

/** Best bid and offer, the last price, and what became of it since the start of the UTC day. */
export interface Quote {
  symbol: string;
  bid: DecimalText;
  bid_quantity: DecimalText;
  ask: DecimalText;
  ask_quantity: DecimalText;
  price: DecimalText;
  change: DecimalText;
  change_percent: DecimalText;
  volume: DecimalText;
  timestamp: string;
}

/** A public print; `side` is who took, null where that is unknown. */
export interface PublicTrade {
  symbol: string;
  trade_id: string | null;
  price: DecimalText;
  quantity: DecimalText;
  side: Side | null;
  timestamp: string;
}

export interface BookLevel {
  price: DecimalText;
  quantity: DecimalText;
}

/** The whole top of a book, best prices first. */
export interface OrderBook {
  symbol: string;
  bids: BookLevel[];
  asks: BookLevel[];
  sequence: number;
  timestamp: string;
}

export type Side = "buy" | "sell";
export type OrderType = "market" | "limit" | "stop" | "stop_limit";

/** An order as it stands. */
export type Order = Omit<Schemas["DeskOrderAnswer"], "side" | "type" | "status"> & {
  side: Side;
  type: OrderType;
  status: "open" | "filled" | "closed";
};
/** A position at the mark. */
export type Position = Schemas["DeskPositionAnswer"];
/** A position as the trading socket tells it; `side` is `flat` when it was closed. */
export type PositionUpdate = Omit<
  TradingReceived["position_update"]["data"],
  "average_price" | "current_price"
> & { average_price: DecimalText | null; current_price: DecimalText | null };
/** A piece of an order that traded. */
export type TradeExecution = TradingReceived["trade_execution"]["data"];
export type Balance = Schemas["BalanceAnswer"];
export type Portfolio = Schemas["DeskPortfolioAnswer"];
export type Instrument = Schemas["DeskInstrumentAnswer"];
export type ServerHealth = Schemas["DeskLifeAnswer"];
export type SessionAnswer = Schemas["SessionAnswer"];

/** An order to be placed. Amounts may be numbers, as people write them; nothing is rounded on the way. */
export interface OrderRequest {
  symbol: string;
  side: Side;
  type: OrderType;
  quantity: DecimalInput;
  price?: DecimalInput;
  stop_price?: DecimalInput;
  time_in_force?: "DAY" | "GTC" | "IOC" | "FOK";
  /** Yours, unique in the account for ever. One is made where none is given. */
  client_order_id?: string;
  strategy_id?: string;
  post_only?: boolean;
  reduce_only?: boolean;
}

/** What is to change of a working order. */
export interface OrderChange {
  quantity?: DecimalInput;
  price?: DecimalInput;
  stop_price?: DecimalInput;
  expected_revision?: number;
}

/** An order as it is sent: amounts as text, and an id that makes sending it twice the same as once. */
export type SentOrder = Omit<OrderRequest, "quantity" | "price" | "stop_price" | "client_order_id"> & {
  quantity: DecimalText;
  price?: DecimalText;
  stop_price?: DecimalText;
  client_order_id: string;
};
