/** Codes of the server as words of people. */

/** "PARTIALLY_FILLED" and "buy_and_hold" as "Partially filled" and "Buy and hold". */
export function sentence(code: string): string {
  const words = code.replaceAll(/[_-]+/g, " ").trim().toLowerCase();
  const proper = words.replaceAll(
    /\b(sma|ema|rsi|mfa|api|vwap|bps|xgboost|id)\b/g,
    (word) => PROPER[word] ?? word.toUpperCase(),
  );
  return proper.charAt(0).toUpperCase() + proper.slice(1);
}

const PROPER: Readonly<Record<string, string>> = { xgboost: "XGBoost", bps: "bps" };

/** A text of the server as a sentence: with a capital, whatever it began with. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A fact by its name in the server, such as latency_ms: what it is called, and its value with its unit. */
export function fact(name: string, value: unknown): { label: string; text: string } {
  const unit = Object.entries(UNITS).find(([ending]) => name.endsWith(ending));
  const label = sentence(unit ? name.slice(0, -unit[0].length) : name);
  const text = typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? "–");
  return { label, text: unit && value !== null ? `${text} ${unit[1]}` : text };
}

const UNITS: Readonly<Record<string, string>> = {
  _ms: "ms",
  _seconds: "s",
  _percent: "%",
  _pct: "%",
  _bytes: "bytes",
};

/** The badge that a status of an order, a run, a strategy or a service wears. */
export function badgeOf(status: string): "good" | "bad" | "warned" | "info" | "" {
  const known = BADGES[status.toUpperCase()];
  return known ?? "";
}

const BADGES: Readonly<Record<string, "good" | "bad" | "warned" | "info">> = {
  FILLED: "good",
  COMPLETED: "good",
  RUNNING: "good",
  HEALTHY: "good",
  PARTIALLY_FILLED: "info",
  ACCEPTED: "info",
  SUBMITTED: "info",
  QUEUED: "info",
  TRIGGERED: "info",
  INFO: "info",
  PENDING_MODIFY: "warned",
  PENDING_CANCEL: "warned",
  PAUSED: "warned",
  DEGRADED: "warned",
  WARNING: "warned",
  REJECTED: "bad",
  DENIED: "bad",
  FAILED: "bad",
  ERROR: "bad",
  CRITICAL: "bad",
  UNHEALTHY: "bad",
};
