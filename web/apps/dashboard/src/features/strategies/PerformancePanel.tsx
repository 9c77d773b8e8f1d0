/** How a strategy did over a period, live. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { KEYS } from "../../api/keys.ts";
import { type Period, useHistory } from "../../api/queries.ts";
import { terminal } from "../../api/terminal.ts";
import type { Strategy, StrategyPerformance } from "../../api/types.ts";
import { fraction, money, percent, ratio, signedMoney, tone } from "../../format/amounts.ts";
import { approximate, signOf } from "../../format/decimal.ts";
import { Figure } from "../../ui/figures.tsx";
import { Segments } from "../../ui/form.tsx";
import { Loaded, Panel } from "../../ui/panel.tsx";
import { secondsOf } from "../../ui/points.ts";
import { TimeChart } from "../../ui/TimeChart.tsx";

const PERIODS = (["1d", "1w", "1m", "all"] as const).map((value) => ({
  value,
  label: value === "all" ? "All" : value.toUpperCase(),
}));
const chartMoney = (value: number): string => money(value.toFixed(2));

export function PerformancePanel({ strategy }: { strategy: Strategy }) {
  const [period, setPeriod] = useState<Period>("1d");
  const performance = useQuery({
    queryKey: [...KEYS.strategies, strategy.strategy_id, "performance", period],
    queryFn: () => terminal.performance(strategy.strategy_id, period),
    refetchInterval: 20_000,
  });
  return (
    <Panel
      title="Performance"
      actions={
        <Segments label="Period" value={period} options={PERIODS} onChange={(value) => setPeriod(value)} />
      }
    >
      <Loaded query={performance}>
        {(data) => <Shown data={data} strategy={strategy} period={period} />}
      </Loaded>
    </Panel>
  );
}

const HOURS: Readonly<Record<string, number>> = { "1d": 24, "1w": 168, "1m": 720 };

/** What the ledger was worth; a strategy that shares the account's cash starts at nothing. */
function useWorth(strategyId: string, period: Period) {
  const from = useMemo(
    () => new Date(Date.now() - (HOURS[period] ?? 87_600) * 3_600_000).toISOString(),
    [period],
  );
  const resolution = period === "1d" ? "5m" : period === "1w" ? "1h" : "1d";
  return useHistory({ from, resolution, strategyId }).data;
}

function Shown({
  data,
  strategy,
  period,
}: {
  data: StrategyPerformance;
  strategy: Strategy;
  period: Period;
}) {
  // Percentages of a ledger without capital of its own would be percentages of nothing.
  const hasCapital = signOf(strategy.allocated_capital) > 0;
  const worth = useWorth(strategy.strategy_id, period);
  const series = useMemo(
    () => [
      {
        name: "Ledger",
        tone: "accent" as const,
        form: "baseline" as const,
        points: (worth ?? []).map((point) => ({
          time: secondsOf(point.timestamp),
          value: approximate(point.total_value),
        })),
      },
    ],
    [worth],
  );
  return (
    <div className="stack">
      <div className="figures">
        <Figure label="Profit" value={signedMoney(data.total_pnl)} tone={tone(data.total_pnl)} />
        {hasCapital ? <Figure label="Return" value={percent(data.total_pnl_percent)} /> : null}
        <Figure label="Sharpe ratio" value={ratio(data.sharpe_ratio)} />
        {hasCapital ? <Figure label="Max drawdown" value={percent(data.max_drawdown)} /> : null}
        <Figure label="Win rate" value={fraction(data.win_rate)} />
        <Figure label="Profit factor" value={ratio(data.profit_factor)} />
        <Figure label="Closed trades" value={data.total_trades} />
        <Figure label="Deployed" value={money(data.capital_deployed)} />
      </div>
      {worth && worth.length > 1 ? (
        <TimeChart label="Worth of the strategy's ledger" series={series} height={220} format={chartMoney} />
      ) : null}
    </div>
  );
}
