/** One value of the frames over time: drawn as they come, without building the chart anew. */
import {
  AreaSeries,
  createChart,
  type IChartApi,
  type ISeriesApi,
  type UTCTimestamp,
} from "lightweight-charts";
import { useEffect, useRef } from "react";
import { chartLook, colour, faded } from "../../ui/chartColors.ts";
import { useTheme } from "../../ui/theme.ts";
import type { TelemetryFrame } from "./useTelemetry.ts";

type Name = "virtual_pnl" | "realized_volatility" | "latency_ms";

/** One point a second is as fine as the time scale goes. */
function pointsOf(frames: readonly TelemetryFrame[], series: Name): { time: UTCTimestamp; value: number }[] {
  const points = new Map<number, number>();
  for (const frame of frames) {
    const value = frame[series];
    if (value !== null) points.set(Math.floor(Date.parse(frame.timestamp) / 1000), value);
  }
  return [...points].map(([time, value]) => ({ time: time as UTCTimestamp, value }));
}

export function FrameChart({ frames, series }: { frames: readonly TelemetryFrame[]; series: Name }) {
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<{ chart: IChartApi; line: ISeriesApi<"Area"> }>(null);
  const theme = useTheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of theme changes every colour
  useEffect(() => {
    if (!place.current) return;
    const look = chartLook();
    const chart = createChart(place.current, {
      ...look,
      timeScale: { ...look.timeScale, secondsVisible: true },
      handleScroll: false,
      handleScale: false,
    });
    const line = chart.addSeries(AreaSeries, {
      lineWidth: 2,
      priceLineVisible: false,
      lineColor: colour("accent"),
      topColor: faded("accent", 0.22),
      bottomColor: faded("accent", 0),
    });
    drawn.current = { chart, line };
    return () => {
      drawn.current = null;
      chart.remove();
    };
  }, [theme, series]);
  const second = Math.floor(Date.parse(frames.at(-1)?.timestamp ?? "") / 1000);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once a second is often enough, and a new chart has to be filled
  useEffect(() => {
    drawn.current?.line.setData(pointsOf(frames, series));
    drawn.current?.chart.timeScale().fitContent();
  }, [second, series, theme]);
  return (
    <div ref={place} className="chart" style={{ height: 300 }} role="img" aria-label="Telemetry over time" />
  );
}
