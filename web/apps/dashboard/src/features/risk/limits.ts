/** The limits of an account by name, with how much of each is used where that can be said. */
import type { Limits, LimitsChange, PortfolioRisk } from "../../api/types.ts";
import { money, percent } from "../../format/amounts.ts";
import { fixed } from "../../format/decimal.ts";

type Name = keyof LimitsChange & keyof Limits;
type Form = "money" | "percent" | "count";

export interface LimitEntry {
  readonly name: Name;
  readonly label: string;
  readonly form: Form;
  /** Part that is used, 0 to 1. */
  readonly used?: (risk: PortfolioRisk) => number;
}

const part = (now: unknown, limit: unknown): number => Math.abs(Number(now)) / Number(limit);

export const LIMITS: readonly LimitEntry[] = [
  {
    name: "max_daily_loss",
    label: "Loss of a day",
    form: "money",
    used: ({ daily_loss, limits }) => part(Math.max(0, Number(daily_loss)), limits.max_daily_loss),
  },
  {
    name: "max_drawdown_percent",
    label: "Drawdown",
    form: "percent",
    used: ({ current_drawdown_percent, limits }) =>
      part(current_drawdown_percent, limits.max_drawdown_percent),
  },
  { name: "max_order_value", label: "Value of an order", form: "money" },
  { name: "max_order_quantity", label: "Quantity of an order", form: "count" },
  { name: "max_position_size", label: "Size of a position", form: "count" },
  { name: "max_open_orders", label: "Open orders", form: "count" },
  { name: "max_orders_per_second", label: "Orders a second", form: "count" },
  { name: "price_collar_percent", label: "Distance from the market", form: "percent" },
];

/** A limit as people read it. */
export function limitText(value: unknown, form: Form, currency: string): string {
  if (value === null || value === undefined) return "None";
  const text = String(value);
  if (form === "money") return money(text, currency, 0);
  return form === "percent" ? percent(text, 1) : fixed(text, 0);
}
