/** Data grows old: the line is down, or nothing has come for longer than is usual. */
import { useNow } from "./clock.ts";
import { useLine } from "./stream.ts";

/** Prints of a market that trades come more often than this. */
export const QUIET_MS = 20_000;

/** Give how old something is in seconds once it is stale; null while it is fresh. */
export function useStale(at: number | null): number | null {
  const now = useNow();
  const line = useLine();
  if (at === null) return null;
  const age = Math.max(0, now - at);
  return line !== "live" || age > QUIET_MS ? Math.round(age / 1000) : null;
}
