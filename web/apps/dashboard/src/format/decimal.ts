/** Decimal text as text: grouped, rounded and compared without ever becoming a float. */

const SHAPE = /^([+-]?)(\d+)(?:\.(\d+))?$/;
const SCIENTIFIC = /e/i;

/** A number split where it is written. */
interface Parts {
  readonly isNegative: boolean;
  readonly whole: string;
  readonly fraction: string;
}

/** What the server sends: decimal text, or a JSON number that was written exactly. */
export type Decimal = string | number;

/** Split a decimal; null when it is none. */
export function parse(value: Decimal | null | undefined): Parts | null {
  if (value === null || value === undefined || value === "") return null;
  const text = typeof value === "number" ? plain(value) : value.trim();
  const found = SHAPE.exec(text);
  if (!found) return null;
  const whole = (found[2] ?? "0").replace(/^0+(?=\d)/, "");
  const fraction = found[3] ?? "";
  const isZero = /^0*$/.test(whole + fraction);
  return { isNegative: found[1] === "-" && !isZero, whole, fraction };
}

/** Write a number without an exponent. */
function plain(value: number): string {
  const text = String(value);
  return SCIENTIFIC.test(text) ? value.toFixed(12).replace(/0+$/, "") : text;
}

/** Round half away from zero to so many places and group thousands; "–" when there is no number. */
export function fixed(value: Decimal | null | undefined, places: number): string {
  const parts = parse(value);
  if (!parts) return "–";
  const digits = rounded(parts, places);
  const whole = places > 0 ? digits.slice(0, -places) : digits;
  const fraction = places > 0 ? `.${digits.slice(-places)}` : "";
  const isZero = /^0*$/.test(digits);
  return `${parts.isNegative && !isZero ? "−" : ""}${grouped(whole)}${fraction}`;
}

/** Give the digits of a number times ten to the places, rounded, with one digit before the point at least. */
function rounded(parts: Parts, places: number): string {
  const padded = parts.fraction.padEnd(places + 1, "0");
  let scaled = BigInt(parts.whole + padded.slice(0, places));
  if (padded.charCodeAt(places) >= 53) scaled += 1n;
  return scaled.toString().padStart(places + 1, "0");
}

function grouped(whole: string): string {
  return whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** Give the places of a step such as "0.01"; trailing zeros do not count. */
export function placesOf(step: Decimal | null | undefined, otherwise = 2): number {
  const parts = parse(step);
  return parts ? parts.fraction.replace(/0+$/, "").length : otherwise;
}

/** Tell the sign: −1, 0 or 1. */
export function signOf(value: Decimal | null | undefined): -1 | 0 | 1 {
  const parts = parse(value);
  if (!parts || /^0*$/.test(parts.whole + parts.fraction)) return 0;
  return parts.isNegative ? -1 : 1;
}

/** Tell whether a text can be sent as a positive amount. */
export function isPositive(value: string): boolean {
  return !value.trim().startsWith("+") && signOf(value) === 1;
}

/** Turn round the sign of a decimal text, as it is sent back to the server. */
export function absolute(value: Decimal): string {
  const parts = parse(value);
  return parts ? `${parts.whole}${parts.fraction ? `.${parts.fraction}` : ""}` : "";
}

/** For charts and sorting alone: the nearest float. */
export function approximate(value: Decimal | null | undefined): number {
  return value === null || value === undefined ? Number.NaN : Number(value);
}
