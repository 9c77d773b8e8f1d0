/** The tear sheet: equity, drawdown, months, figures, trades. */
import { useMemo } from "react";
import type { Run } from "../../api/types.ts";
import {
  fraction,
  money,
  percent,
  price,
  ratio,
  signedMoney,
  signedPercent,
  tone,
} from "../../format/amounts.ts";
import { day } from "../../format/moments.ts";
import { Figure } from "../../ui/figures.tsx";
import { MonthGrid } from "../../ui/MonthGrid.tsx";
import { Empty, Panel } from "../../ui/panel.tsx";
import { TimeChart } from "../../ui/TimeChart.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { drawdownOf, equityOf, monthlyOf } from "./series.ts";

type Trade = Run["trades"][number];
const chartMoney = (value: number): string => money(value.toFixed(0), "USD", 0);
const chartPercent = (value: number): string => percent(value.toFixed(2), 1);
const text = (value: unknown): string => String(value ?? "");

const TRADES: readonly Column<Trade>[] = [
  { name: "Opened", cell: (row) => day(text(row["entry_ts"])), sort: (row) => text(row["entry_ts"]) },
  { name: "Closed", cell: (row) => day(text(row["exit_ts"])), sort: (row) => text(row["exit_ts"]) },
  { name: "Quantity", align: "right", cell: (row) => text(row["quantity"]) },
  { name: "Entry", align: "right", cell: (row) => price(text(row["entry_price"])) },
  { name: "Exit", align: "right", cell: (row) => price(text(row["exit_price"])) },
  { name: "Fees", align: "right", cell: (row) => money(text(row["fees"])) },
  {
    name: "Profit",
    align: "right",
    cell: (row) => <span className={tone(text(row["net_pnl"]))}>{signedMoney(text(row["net_pnl"]))}</span>,
    sort: (row) => Number(row["net_pnl"]),
  },
  {
    name: "Return",
    align: "right",
    cell: (row) => signedPercent((Number(row["return"]) * 100).toFixed(4)),
    sort: (row) => Number(row["return"]),
  },
];
const TRADES_SHOWN = 200;

export function TearSheet({ run }: { run: Run }) {
  const { equity, drawdown, months } = useMemo(() => {
    const points = equityOf(run);
    return {
      equity: [{ name: "Equity", tone: "accent" as const, form: "area" as const, points }],
      drawdown: [
        { name: "Drawdown", tone: "loss" as const, form: "area" as const, points: drawdownOf(points) },
      ],
      months: monthlyOf(points),
    };
  }, [run]);
  const { metrics } = run;
  return (
    <>
      <Panel title="Result" className="tear-sheet">
        <div className="figures">
          <Figure
            label="Return"
            value={signedPercent(metrics["total_return"])}
            tone={tone(metrics["total_return"])}
          />
          <Figure label="A year" value={signedPercent(metrics["cagr"])} tone={tone(metrics["cagr"])} />
          <Figure label="Sharpe ratio" value={ratio(metrics["sharpe_ratio"])} />
          <Figure label="Sortino ratio" value={ratio(metrics["sortino_ratio"])} />
          <Figure label="Max drawdown" value={percent(metrics["max_drawdown"])} tone="loss" />
          <Figure label="Volatility" value={percent(metrics["volatility"])} />
          <Figure label="Win rate" value={fraction(metrics["win_rate"])} />
          <Figure label="Profit factor" value={ratio(metrics["profit_factor"])} />
          <Figure label="Trades" value={run.total_trades ?? "–"} />
          <Figure label="Final equity" value={money(run.final_equity)} />
        </div>
      </Panel>
      <div className="cols side">
        <Panel title="Equity">
          <TimeChart label="Equity of the run" series={equity} height={270} format={chartMoney} />
          <h3 className="dim chart-title">Drawdown</h3>
          <TimeChart label="Drawdown of the run" series={drawdown} height={130} format={chartPercent} />
        </Panel>
        <Panel title="More figures">
          <dl className="pairs">
            {MORE.map(([name, label, form]) => (
              <div key={name}>
                <dt>{label}</dt>
                <dd>{form(metrics[name])}</dd>
              </div>
            ))}
          </dl>
        </Panel>
      </div>
      <Panel title="Returns by month" layout="flush" note="In percent">
        <MonthGrid rows={months} />
      </Panel>
      <Panel
        title="Trades"
        layout="flush"
        note={
          run.trades.length > TRADES_SHOWN ? `The last ${TRADES_SHOWN} of ${run.trades.length}` : undefined
        }
      >
        <Table
          label="Trades of the run"
          columns={TRADES}
          rows={run.trades.slice(-TRADES_SHOWN)}
          keyOf={(row) => `${text(row["entry_ts"])}-${text(row["exit_ts"])}-${text(row["quantity"])}`}
          empty={<Empty icon="orders" title="It never closed a trade" />}
        />
      </Panel>
    </>
  );
}

type Value = string | number | null | undefined;
const MORE: readonly (readonly [string, string, (value: Value) => string])[] = [
  ["calmar_ratio", "Calmar ratio", ratio],
  ["omega_ratio", "Omega ratio", ratio],
  ["tail_ratio", "Tail ratio", ratio],
  ["sqn", "System quality", ratio],
  ["payoff_ratio", "Payoff ratio", ratio],
  ["expectancy", "Expected a trade", (value) => signedMoney(value)],
  ["avg_win", "Average win", (value) => money(value)],
  ["avg_loss", "Average loss", (value) => money(value)],
  ["best_trade", "Best trade", (value) => signedMoney(value)],
  ["worst_trade", "Worst trade", (value) => signedMoney(value)],
  ["best_day", "Best day", (value) => signedPercent(value)],
  ["worst_day", "Worst day", (value) => signedPercent(value)],
  ["value_at_risk_95", "Value at risk, 95%", (value) => percent(value)],
  ["conditional_value_at_risk_95", "Beyond it", (value) => percent(value)],
  ["skew", "Skew", ratio],
  ["kurtosis", "Kurtosis", ratio],
  ["exposure", "Time in the market", (value) => fraction(value, 0)],
  ["total_fees", "Fees", (value) => money(value)],
];
