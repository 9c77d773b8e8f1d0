/** Values over time, one line or several, on a canvas. */
import { AreaSeries, BaselineSeries, createChart, LineSeries } from "lightweight-charts";
import { useEffect, useRef } from "react";
import { type ChartTone, chartLook, colour, faded } from "./chartColors.ts";
import { type Point, tidied } from "./points.ts";
import { useTheme } from "./theme.ts";

export interface Series {
  readonly name: string;
  readonly tone: ChartTone;
  readonly points: readonly Point[];
  /** `area` is filled below, `baseline` is green above the first value and red below. */
  readonly form?: "line" | "area" | "baseline";
}

interface TimeChartProps {
  readonly label: string;
  readonly series: readonly Series[];
  readonly height: number;
  readonly format: (value: number) => string;
}

export function TimeChart({ label, series, height, format }: TimeChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of theme changes every colour
  useEffect(() => {
    if (!place.current) return;
    const look = chartLook();
    const chart = createChart(place.current, {
      ...look,
      // A run of ten years has more days than the chart has pixels.
      timeScale: { ...look.timeScale, minBarSpacing: 0.02 },
      localization: { priceFormatter: format },
      handleScroll: false,
      handleScale: false,
    });
    for (const one of series) {
      const data = tidied(one.points);
      const common = {
        lineWidth: 2 as const,
        priceLineVisible: false,
        lastValueVisible: series.length === 1,
      };
      if (one.form === "area") {
        chart
          .addSeries(AreaSeries, {
            ...common,
            lineColor: colour(one.tone),
            topColor: faded(one.tone, 0.24),
            bottomColor: faded(one.tone, 0),
          })
          .setData(data);
      } else if (one.form === "baseline") {
        chart
          .addSeries(BaselineSeries, {
            ...common,
            baseValue: { type: "price", price: data[0]?.value ?? 0 },
            topLineColor: colour("gain"),
            topFillColor1: faded("gain", 0.22),
            topFillColor2: faded("gain", 0.02),
            bottomLineColor: colour("loss"),
            bottomFillColor1: faded("loss", 0.02),
            bottomFillColor2: faded("loss", 0.22),
          })
          .setData(data);
      } else {
        chart.addSeries(LineSeries, { ...common, color: colour(one.tone) }).setData(data);
      }
    }
    chart.timeScale().fitContent();
    return () => chart.remove();
  }, [series, format, theme]);
  return <div ref={place} className="chart" style={{ height }} role="img" aria-label={label} />;
}
