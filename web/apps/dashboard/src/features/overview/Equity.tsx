/** What the account was worth over time, with the figures that sum it up. */
import { useMemo, useState } from "react";
import { type HistoryAsked, type Period, useHistory, useMetrics, usePortfolio } from "../../api/queries.ts";
import type { Metrics, Portfolio } from "../../api/types.ts";
import {
  compact,
  fraction,
  money,
  percent,
  ratio,
  signedMoney,
  signedPercent,
  tone,
} from "../../format/amounts.ts";
import { approximate } from "../../format/decimal.ts";
import { Figure } from "../../ui/figures.tsx";
import { Segments } from "../../ui/form.tsx";
import { Bones, Empty, Loaded, Panel } from "../../ui/panel.tsx";
import { type Point, secondsOf } from "../../ui/points.ts";
import { TimeChart } from "../../ui/TimeChart.tsx";

type Span = "1h" | "1d" | "1w" | "1m" | "1y" | "all";

interface SpanOption {
  readonly value: Span;
  readonly label: string;
  readonly hours: number;
  readonly resolution: HistoryAsked["resolution"];
  readonly period: Period;
}

const SPANS: readonly SpanOption[] = [
  { value: "1h", label: "1H", hours: 1, resolution: "1m", period: "1d" },
  { value: "1d", label: "1D", hours: 24, resolution: "5m", period: "1d" },
  { value: "1w", label: "1W", hours: 168, resolution: "1h", period: "1w" },
  { value: "1m", label: "1M", hours: 720, resolution: "1d", period: "1m" },
  { value: "1y", label: "1Y", hours: 8_760, resolution: "1d", period: "1y" },
  { value: "all", label: "All", hours: 87_600, resolution: "1d", period: "all" },
];

const chartMoney = (value: number): string => money(value.toFixed(2));

export function Equity() {
  const [span, setSpan] = useState<Span>("1h");
  const chosen = SPANS.find((one) => one.value === span) ?? SPANS[0];
  const { resolution = "1m", period = "1d", hours = 1 } = chosen ?? {};
  const from = useMemo(() => new Date(Date.now() - hours * 3_600_000).toISOString(), [hours]);
  const history = useHistory({ from, resolution });
  const portfolio = usePortfolio();
  const metrics = useMetrics(period);
  return (
    <Panel
      title="Account"
      actions={<Segments label="Span of time" value={span} options={SPANS} onChange={setSpan} />}
    >
      <div className="equity">
        <div className="stack">
          {portfolio.data ? <Worth portfolio={portfolio.data} /> : <Bones lines={2} />}
          <Loaded query={history}>
            {(points) => <Curve points={points} portfolio={portfolio.data} resolution={resolution} />}
          </Loaded>
        </div>
        <Loaded query={metrics}>{(data) => <Sums metrics={data} portfolio={portfolio.data} />}</Loaded>
      </div>
    </Panel>
  );
}

function Worth({ portfolio }: { portfolio: Portfolio }) {
  const { currency } = portfolio;
  return (
    <div className="row worth-row">
      <Figure label="Total value" size="big" value={money(portfolio.total_value, currency)} />
      <Figure label="Today" value={signedMoney(portfolio.day_pnl, currency)} tone={tone(portfolio.day_pnl)} />
      <Figure
        label="Since the start"
        value={signedMoney(portfolio.total_pnl, currency)}
        more={signedPercent(portfolio.total_pnl_percent)}
        tone={tone(portfolio.total_pnl)}
      />
    </div>
  );
}

interface CurveProps {
  readonly points: readonly { timestamp: string; total_value: string }[];
  readonly portfolio: Portfolio | undefined;
  readonly resolution: string;
}

function Curve({ points, portfolio, resolution }: CurveProps) {
  const minute = Math.floor(Date.now() / 20_000);
  const newest = portfolio?.total_value;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the last point moves three times a minute, not with every tick
  const series = useMemo(() => {
    const line: Point[] = points.map((point) => ({
      time: secondsOf(point.timestamp),
      value: approximate(point.total_value),
    }));
    if (newest) line.push({ time: Date.now() / 1000, value: approximate(newest) });
    return [{ name: "Equity", tone: "accent" as const, points: line, form: "area" as const }];
  }, [points, minute]);
  if ((series[0]?.points.length ?? 0) < 2) {
    return (
      <Empty icon="overview" title="The curve begins with the next mark">
        The server notes what the account is worth once a minute.
      </Empty>
    );
  }
  return (
    <TimeChart label={`Account value, by ${resolution}`} series={series} height={250} format={chartMoney} />
  );
}

function Sums({ metrics, portfolio }: { metrics: Metrics; portfolio: Portfolio | undefined }) {
  const currency = portfolio?.currency ?? "USD";
  return (
    <div className="figures sums">
      <Figure label="Sharpe ratio" value={ratio(metrics.sharpe_ratio)} />
      <Figure label="Max drawdown" value={percent(metrics.max_drawdown)} />
      <Figure label="Win rate" value={fraction(metrics.win_rate)} />
      <Figure label="Closed trades" value={compact(metrics.total_trades)} />
      <Figure
        label="Unrealized"
        value={signedMoney(portfolio?.unrealized_pnl, currency)}
        tone={tone(portfolio?.unrealized_pnl)}
      />
      <Figure
        label="Realized"
        value={signedMoney(portfolio?.realized_pnl, currency)}
        tone={tone(portfolio?.realized_pnl)}
      />
      <Figure label="Deployed" value={money(metrics.capital_deployed, currency)} />
      <Figure label="Available" value={money(metrics.available_capital, currency)} />
      <Figure label="Cash" value={money(portfolio?.cash, currency)} />
      <Figure label="Fees" value={money(portfolio?.fees, currency)} />
    </div>
  );
}
