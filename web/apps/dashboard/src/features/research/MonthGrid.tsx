/** Returns by month, coloured by how good they were. */
import { fixed } from "../../format/decimal.ts";
import { Panel } from "../../ui/panel.tsx";
import type { YearRow } from "./series.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Strength of the colour: full at the strongest month of the run. */
function tint(value: number | null, strongest: number): string | undefined {
  if (value === null || value === 0) return undefined;
  const part = Math.round((Math.abs(value) / strongest) * 42 + 4);
  return `color-mix(in srgb, var(--${value > 0 ? "gain-strong" : "loss-strong"}) ${part}%, transparent)`;
}

export function MonthGrid({ rows }: { rows: readonly YearRow[] }) {
  const strongest = Math.max(0.01, ...rows.flatMap((row) => row.months.map((value) => Math.abs(value ?? 0))));
  return (
    <Panel title="Returns by month" layout="flush" note="In percent">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard */}
      <section className="table-wrap" aria-label="Returns by month" tabIndex={0}>
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
                    {value === null ? "" : fixed(value.toFixed(4), 1)}
                  </td>
                ))}
                <td className="total">{fixed(row.total.toFixed(4), 1)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Panel>
  );
}
