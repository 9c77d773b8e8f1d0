/** Series of a finished run, for charts. */
import type { Run } from "../../api/types.ts";
import { approximate } from "../../format/decimal.ts";
import type { YearRow } from "../../ui/MonthGrid.tsx";
import { type Point, secondsOf } from "../../ui/points.ts";

/** What the run was worth. */
export function equityOf(run: Run): Point[] {
  return run.equity_curve.map((point) => ({
    time: secondsOf(String(point["date"])),
    value: approximate(String(point["value"])),
  }));
}

/** How far below its highest it was, in percent. */
export function drawdownOf(points: readonly Point[]): Point[] {
  let highest = Number.NEGATIVE_INFINITY;
  return points.map(({ time, value }) => {
    highest = Math.max(highest, value);
    return { time, value: highest > 0 ? (value / highest - 1) * 100 : 0 };
  });
}

/** Growth since the start in percent, to lay runs of different sizes beside each other. */
export function growthOf(points: readonly Point[]): Point[] {
  const first = points[0]?.value ?? 0;
  return points.map(({ time, value }) => ({ time, value: first > 0 ? (value / first - 1) * 100 : 0 }));
}

/** Returns by month and year. */
export function monthlyOf(points: readonly Point[]): YearRow[] {
  const ends = new Map<string, number>();
  for (const { time, value } of points) ends.set(new Date(time * 1000).toISOString().slice(0, 7), value);
  const rows = new Map<number, (number | null)[]>();
  let before = points[0]?.value ?? 0;
  for (const [month, value] of ends) {
    const year = Number(month.slice(0, 4));
    const row = rows.get(year) ?? Array.from({ length: 12 }, () => null);
    row[Number(month.slice(5)) - 1] = before > 0 ? (value / before - 1) * 100 : 0;
    rows.set(year, row);
    before = value;
  }
  return [...rows].map(([year, months]) => ({
    year,
    months,
    total: (months.reduce<number>((growth, part) => growth * (1 + (part ?? 0) / 100), 1) - 1) * 100,
  }));
}
