/** Prices, quantities, money and percentages as people read them. */
import { type Decimal, fixed, parse, placesOf, signOf } from "./decimal.ts";

/** What formatting needs to know of an instrument. */
export interface Steps {
  readonly tick_size: string;
  readonly lot_size: string;
  readonly currency: string;
}

const SYMBOLS: Readonly<Record<string, string>> = { USD: "$", EUR: "€", GBP: "£", INR: "₹", JPY: "¥" };
export const NONE = "–";

/** A price with the places of its instrument's tick; two places at least. */
export function price(value: Decimal | null | undefined, steps?: Steps): string {
  return fixed(value, Math.max(placesOf(steps?.tick_size), 2));
}

/** A quantity with no more places than it has, and no more than its lot has. */
export function quantity(value: Decimal | null | undefined, steps?: Steps): string {
  const parts = parse(value);
  if (!parts) return NONE;
  const own = parts.fraction.replace(/0+$/, "").length;
  return fixed(value, steps ? Math.min(own, placesOf(steps.lot_size, 8)) : own);
}

/** Sizes in a column: all with the places of the lot, four at most, so that they line up. */
export function size(value: Decimal | null | undefined, steps?: Steps): string {
  return fixed(value, Math.min(placesOf(steps?.lot_size, 4), 4));
}

/** An amount with the sign of its currency. */
export function money(value: Decimal | null | undefined, currency = "USD", places = 2): string {
  const text = fixed(value, places);
  if (text === NONE) return text;
  const symbol = SYMBOLS[currency];
  const isNegative = text.startsWith("−");
  const digits = isNegative ? text.slice(1) : text;
  return `${isNegative ? "−" : ""}${symbol ?? ""}${digits}${symbol ? "" : ` ${currency}`}`;
}

/** A change of money: always with its sign, zero without. */
export function signedMoney(value: Decimal | null | undefined, currency = "USD"): string {
  const text = money(value, currency);
  return signOf(value) === 1 && !/^\D*0(\.0*)?$/.test(text) ? `+${text}` : text;
}

/** A percentage; the server's `…_pct` and `…_percent` are percent already. */
export function percent(value: Decimal | null | undefined, places = 2): string {
  const text = fixed(value, places);
  return text === NONE ? text : `${text}%`;
}

/** A change in percent, with its sign. */
export function signedPercent(value: Decimal | null | undefined, places = 2): string {
  const text = percent(value, places);
  return signOf(value) === 1 && text !== NONE ? `+${text}` : text;
}

/** A fraction such as 0.55 as percent, by moving the point. */
export function fraction(value: Decimal | null | undefined, places = 1): string {
  const parts = parse(value);
  if (!parts) return NONE;
  const padded = parts.fraction.padEnd(2, "0");
  return percent(
    `${parts.isNegative ? "-" : ""}${parts.whole}${padded.slice(0, 2)}.${padded.slice(2) || "0"}`,
    places,
  );
}

/** A ratio such as Sharpe's. */
export function ratio(value: Decimal | null | undefined): string {
  return fixed(value, 2);
}

/** The class that colours a change. */
export function tone(value: Decimal | null | undefined): "gain" | "loss" | "" {
  const sign = signOf(value);
  return sign > 0 ? "gain" : sign < 0 ? "loss" : "";
}

/** A large count in few characters, such as 1.2M: for axes and volumes. */
export function compact(value: number): string {
  return new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format(value);
}
