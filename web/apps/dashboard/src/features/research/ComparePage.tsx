/** Runs beside each other: growth as lines, figures as columns. */
import { useMemo } from "react";
import type { Run } from "../../api/types.ts";
import { fraction, percent, ratio, signedPercent, tone } from "../../format/amounts.ts";
import { sentence } from "../../format/words.ts";
import type { ChartTone } from "../../ui/chartColors.ts";
import { Bones, Failed, Panel } from "../../ui/panel.tsx";
import { Link } from "../../ui/router.tsx";
import { TimeChart } from "../../ui/TimeChart.tsx";
import { equityOf, growthOf } from "./series.ts";
import { useRuns } from "./useRun.ts";

const TONES: readonly ChartTone[] = ["accent", "warn", "gain", "loss", "text-2"];
const chartPercent = (value: number): string => percent(value.toFixed(2), 1);

const ROWS: readonly (readonly [string, string, (value: string | number | null | undefined) => string])[] = [
  ["total_return", "Return", (value) => signedPercent(value)],
  ["cagr", "A year", (value) => signedPercent(value)],
  ["sharpe_ratio", "Sharpe ratio", ratio],
  ["sortino_ratio", "Sortino ratio", ratio],
  ["max_drawdown", "Max drawdown", (value) => percent(value)],
  ["volatility", "Volatility", (value) => percent(value)],
  ["win_rate", "Win rate", (value) => fraction(value)],
  ["profit_factor", "Profit factor", ratio],
  ["total_trades", "Trades", (value) => String(value ?? "–")],
];

export function ComparePage({ ids }: { ids: readonly string[] }) {
  const queries = useRuns(ids);
  const failed = queries.find((query) => query.error);
  const runs = queries.map((query) => query.data).filter((run) => run !== undefined);
  if (failed?.error) return <Failed error={failed.error} retry={failed.refetch} />;
  if (runs.length < ids.length) return <Bones lines={10} />;
  return <Compared runs={runs} key={ids.join()} />;
}

function Compared({ runs }: { runs: readonly Run[] }) {
  const text = runs.map((run) => run.run_id).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: finished runs do not change, their list is new each time
  const series = useMemo(
    () =>
      runs.map((run, index) => ({
        name: run.run_id,
        tone: TONES[index] ?? ("text-2" as const),
        points: growthOf(equityOf(run)),
      })),
    [text],
  );
  return (
    <div className="page">
      <div className="row">
        <Link href="/research">Research</Link>
        <span className="faint" aria-hidden="true">
          /
        </span>
        <h2 className="detail-title">{runs.length} runs compared</h2>
      </div>
      <Panel title="Growth" note="In percent since the start">
        <TimeChart label="Growth of each run" series={series} height={330} format={chartPercent} />
      </Panel>
      <Panel title="Figures" layout="flush">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard */}
        <section className="table-wrap" aria-label="Figures" tabIndex={0}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Figure</th>
                {runs.map((run, index) => (
                  <th key={run.run_id} scope="col" className="num">
                    <span className="legend" style={{ background: `var(--${TONES[index] ?? "text-2"})` }} />
                    <Link href={`/research/${run.run_id}`}>
                      {sentence(run.kind)} {run.symbol}
                    </Link>
                    <div className="faint">
                      {Object.values(run.parameters).slice(0, 3).map(String).join(" / ")}
                    </div>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {ROWS.map(([name, label, form]) => (
                <tr key={name}>
                  <th scope="row">{label}</th>
                  {runs.map((run) => (
                    <td
                      key={run.run_id}
                      className={`num ${name === "total_return" ? tone(run.metrics[name]) : ""}`}
                    >
                      {form(run.metrics[name])}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </Panel>
    </div>
  );
}
