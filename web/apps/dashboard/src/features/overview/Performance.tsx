/** How the account did: its returns by month, how far it fell, and what its risk paid lately. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { platform } from "../../api/client.ts";
import { KEYS } from "../../api/keys.ts";
import { percent, ratio } from "../../format/amounts.ts";
import { approximate } from "../../format/decimal.ts";
import { Segments } from "../../ui/form.tsx";
import { MonthGrid } from "../../ui/MonthGrid.tsx";
import { Empty, Loaded, Panel } from "../../ui/panel.tsx";
import { type Point, secondsOf } from "../../ui/points.ts";
import { type Series, TimeChart } from "../../ui/TimeChart.tsx";

const REFRESH_MS = 5 * 60_000;
const WINDOW_DAYS = 30;
const HEIGHT = 180;
const VIEWS = [
  { value: "drawdown" as const, label: "Drawdown" },
  { value: "sharpe" as const, label: "Sharpe" },
];

const chartPercent = (value: number): string => percent(value.toFixed(2), 1);
const chartRatio = (value: number): string => ratio(value.toFixed(2));

export function Performance() {
  const [view, setView] = useState<"drawdown" | "sharpe">("drawdown");
  return (
    <>
      <Months />
      <Panel
        title="Risk over time"
        note={view === "sharpe" ? `Sharpe ratio of the last ${WINDOW_DAYS} days` : "Below the highest value"}
        actions={<Segments label="Risk over time" value={view} options={VIEWS} onChange={setView} />}
      >
        {view === "drawdown" ? <Drawdown /> : <Sharpe />}
      </Panel>
    </>
  );
}

function Months() {
  const months = useQuery({
    queryKey: [...KEYS.performance, "monthly"],
    queryFn: async ({ signal }) => (await platform.get("/v1/performance/monthly", { signal })).data,
    refetchInterval: REFRESH_MS,
  });
  return (
    <Panel title="Returns by month" layout="flush" note="In percent">
      <Loaded query={months}>
        {(years) => {
          const rows = years.map(({ year, months: row, total }) => ({
            year,
            months: row.map(numberOf),
            total: numberOf(total),
          }));
          return rows.some((row) => row.months.some((month) => month !== null)) ? (
            <MonthGrid rows={rows} />
          ) : (
            <Empty icon="overview" title="No month to show yet" />
          );
        }}
      </Loaded>
    </Panel>
  );
}

function Drawdown() {
  const performance = useQuery({
    queryKey: [...KEYS.performance, "drawdown"],
    queryFn: async ({ signal }) => {
      const { data } = await platform.get("/v1/performance", { query: { resolution: "1d" }, signal });
      return data.equity_curve.flatMap((row) => pointOf(row.timestamp, row.drawdown_pct));
    },
    refetchInterval: REFRESH_MS,
  });
  return (
    <Loaded query={performance}>
      {(points) => (
        <Curve
          name="Drawdown"
          tone="loss"
          form="area"
          format={chartPercent}
          points={points}
          missing="It begins with the second day."
        />
      )}
    </Loaded>
  );
}

function Sharpe() {
  const rolling = useQuery({
    queryKey: [...KEYS.performance, "rolling", WINDOW_DAYS],
    queryFn: async ({ signal }) => {
      const { data } = await platform.get("/v1/performance/rolling", {
        query: { window: WINDOW_DAYS },
        signal,
      });
      return data.points.flatMap((row) => pointOf(row.date, row.sharpe_ratio));
    },
    refetchInterval: REFRESH_MS,
  });
  return (
    <Loaded query={rolling}>
      {(points) => (
        <Curve
          name="Sharpe ratio"
          tone="accent"
          form="line"
          format={chartRatio}
          points={points}
          missing={`It looks back ${WINDOW_DAYS} days, and begins when there are more.`}
        />
      )}
    </Loaded>
  );
}

interface CurveProps extends Series {
  readonly format: (value: number) => string;
  readonly missing: string;
}

function Curve({ name, tone, form = "line", points, format, missing }: CurveProps) {
  const series = useMemo(() => [{ name, tone, form, points }], [name, tone, form, points]);
  if (points.length < 2) {
    return (
      <Empty icon="overview" title="Not enough days yet">
        {missing}
      </Empty>
    );
  }
  return <TimeChart label={`${name} of the account`} series={series} height={HEIGHT} format={format} />;
}

const numberOf = (text: string | null): number | null => (text === null ? null : approximate(text));

/** Nothing where there is no figure. */
const pointOf = (instant: string, text: string | null): Point[] =>
  text === null ? [] : [{ time: secondsOf(instant), value: approximate(text) }];
