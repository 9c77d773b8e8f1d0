/** Exact decimals. On the wire and in models a decimal is text; arithmetic goes through `Decimal`, never a number. */
import { Decimal as Base } from "decimal.js";
import { InvalidInput } from "./errors.ts";

/** Decimal arithmetic with more digits than any amount here has, and never an exponent in its text. */
export const Decimal = Base.clone({
  precision: 60,
  toExpNeg: -40,
  toExpPos: 40,
  rounding: Base.ROUND_HALF_UP,
});
export type Decimal = Base;

/** A decimal as text, digit by digit as the server wrote it, such as `"43000.10"`. */
export type DecimalText = string;

/** What is taken where an amount is asked for. A number stands for the shortest text that JavaScript gives it. */
export type DecimalInput = DecimalText | number | Base;

const WIRE = /^-?(0|[1-9]\d{0,17})(\.\d{1,12})?$/;

/** Give a `Decimal` for arithmetic. Throws InvalidInput for what is not a decimal. */
export function decimal(value: DecimalInput): Base {
  if (value instanceof Base || Base.isDecimal(value)) return new Decimal(value);
  try {
    const exact = new Decimal(value);
    if (exact.isFinite()) return exact;
  } catch {
    // The reason is said below, in our words.
  }
  throw new InvalidInput("value", `not a decimal: ${JSON.stringify(value)}`, 'Give text such as "43000.10".');
}

/**
 * Give the text that the server takes for an amount: no exponent, 18 digits before the point, 12 after it at most.
 * Throws InvalidInput naming `field` for anything else, so that nothing is rounded on the way.
 */
export function decimalText(value: DecimalInput, field = "value"): DecimalText {
  if (typeof value === "string" && WIRE.test(value)) return value;
  const text = decimal(value).toFixed();
  if (WIRE.test(text)) return text;
  throw new InvalidInput(
    field,
    `${text} has more digits than the server keeps`,
    "Round it to 12 decimals first.",
  );
}

/** Add amounts exactly. */
export function sum(values: Iterable<DecimalInput>): DecimalText {
  let total = new Decimal(0);
  for (const value of values) total = total.plus(decimal(value));
  return total.toFixed();
}

/** Order two amounts: negative, zero or positive, as `Array.sort` wants it. */
export function compare(left: DecimalInput, right: DecimalInput): number {
  return decimal(left).comparedTo(decimal(right));
}
