/** Points of charts. */
import type { UTCTimestamp } from "lightweight-charts";

export interface Point {
  /** Seconds since 1970. */
  readonly time: number;
  readonly value: number;
}

/** Points in order of time, one an instant: the last of two wins. */
export function tidied(points: readonly Point[]): { time: UTCTimestamp; value: number }[] {
  const byTime = new Map<number, number>();
  for (const { time, value } of points) if (Number.isFinite(value)) byTime.set(Math.floor(time), value);
  return [...byTime]
    .sort(([a], [b]) => a - b)
    .map(([time, value]) => ({ time: time as UTCTimestamp, value }));
}

/** Seconds since 1970 of an instant. */
export const secondsOf = (instant: string): number => Date.parse(instant) / 1000;
