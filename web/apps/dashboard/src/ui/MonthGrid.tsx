/** Returns by month, coloured by how good they were. */
import { fixed } from "../format/decimal.ts";

export interface YearRow {
  readonly year: number;
  /** Returns in percent by month; null where there is no data. */
  readonly months: readonly (number | null)[];
  readonly total: number | null;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Strength of the colour: full at the strongest month of the run. */
function tint(value: number | null, strongest: number): string | undefined {
  if (value === null || value === 0) return undefined;
  const part = Math.round((Math.abs(value) / strongest) * 42 + 4);
  return `color-mix(in srgb, var(--${value > 0 ? "gain-strong" : "loss-strong"}) ${part}%, transparent)`;
}

const shown = (value: number | null): string => (value === null ? "" : fixed(value.toFixed(4), 1));

export function MonthGrid({ rows }: { rows: readonly YearRow[] }) {
  const strongest = Math.max(0.01, ...rows.flatMap((row) => row.months.map((value) => Math.abs(value ?? 0))));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields; this is what scrolls, and no landmark
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
    <div className="table-wrap" role="group" aria-label="Returns by month" tabIndex={0}>
      <table className="heat">
        <thead>
          <tr>
            <th scope="col">Year</th>
            {MONTHS.map((month) => (
              <th key={month} scope="col">
                {month}
              </th>
            ))}
            <th scope="col">Year</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.year}>
              <th scope="row">{row.year}</th>
              {row.months.map((value, month) => (
                <td key={MONTHS[month]} style={{ background: tint(value, strongest) }}>
                  {shown(value)}
                </td>
              ))}
              <td className="total">{shown(row.total)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
