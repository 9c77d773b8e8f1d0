/** How long to wait before trying again: exponential with full jitter, never sooner than the server asks for. */

export interface Backoff {
  /** First ceiling; it doubles with every attempt. */
  baseMs: number;
  /** No wait is shorter. */
  floorMs: number;
  /** No drawn wait is longer. */
  capMs: number;
}

/** Of sockets: between one second and half a minute. */
export const SOCKET_BACKOFF: Backoff = { baseMs: 2_000, floorMs: 1_000, capMs: 30_000 };
/** Of requests: somebody waits for the answer. */
export const REQUEST_BACKOFF: Backoff = { baseMs: 250, floorMs: 0, capMs: 5_000 };

/** Gives a number from 0 up to 1 by chance. */
export type Draw = () => number;

/**
 * Give the wait after failed attempt number `attempt`, from 1. Retry-After is a lower bound, and a drawn wait comes on
 * top of it, so that clients who were told the same second do not come back in it.
 */
export function waitMs(attempt: number, backoff: Backoff, draw: Draw, retryAfterS?: number): number {
  const ceiling = Math.max(
    backoff.floorMs,
    Math.min(backoff.capMs, backoff.baseMs * 2 ** Math.min(attempt - 1, 30)),
  );
  if (retryAfterS !== undefined)
    return Math.max(backoff.floorMs, retryAfterS * 1_000) + draw() * backoff.baseMs;
  return backoff.floorMs + draw() * (ceiling - backoff.floorMs);
}
