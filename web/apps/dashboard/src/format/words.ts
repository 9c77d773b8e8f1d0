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
