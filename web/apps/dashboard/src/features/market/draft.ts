/** An order before it is one: text as it was typed. */
import type { OrderRequest } from "../../api/types.ts";
import { isPositive } from "../../format/decimal.ts";

export interface Draft {
  readonly type: "MARKET" | "LIMIT" | "STOP" | "STOP_LIMIT";
  readonly quantity: string;
  readonly limitPrice: string;
  readonly stopPrice: string;
  readonly timeInForce: "" | "DAY" | "GTC" | "IOC" | "FOK";
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
}

export const TYPES = [
  { value: "MARKET", label: "Market" },
  { value: "LIMIT", label: "Limit" },
  { value: "STOP", label: "Stop" },
  { value: "STOP_LIMIT", label: "Stop limit" },
];

export const draftOf = (): Draft => ({
  type: "MARKET",
  quantity: "",
  limitPrice: "",
  stopPrice: "",
  timeInForce: "",
  postOnly: false,
  reduceOnly: false,
});

const hasLimit = (draft: Draft): boolean => draft.type === "LIMIT" || draft.type === "STOP_LIMIT";
const hasStop = (draft: Draft): boolean => draft.type === "STOP" || draft.type === "STOP_LIMIT";

/** Tell whether everything that the type needs is there. */
export function isReady(draft: Draft): boolean {
  if (!isPositive(draft.quantity)) return false;
  if (hasLimit(draft) && !isPositive(draft.limitPrice)) return false;
  return !hasStop(draft) || isPositive(draft.stopPrice);
}

/** Say it in the server's words. What the type has no use for is left out: the server refuses it. */
export function requestOf(draft: Draft, symbol: string, side: "BUY" | "SELL"): OrderRequest {
  return {
    symbol,
    side,
    quantity: draft.quantity.trim(),
    order_type: draft.type,
    ...(hasLimit(draft) ? { limit_price: draft.limitPrice.trim(), post_only: draft.postOnly } : {}),
    ...(hasStop(draft) ? { stop_price: draft.stopPrice.trim() } : {}),
    ...(draft.timeInForce ? { time_in_force: draft.timeInForce } : {}),
    ...(draft.reduceOnly ? { reduce_only: true } : {}),
  } as OrderRequest;
}
