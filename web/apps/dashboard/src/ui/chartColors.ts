/** The palette for canvases, which cannot read custom properties themselves. */
import { type ChartOptions, ColorType, type DeepPartial, type TimeChartOptions } from "lightweight-charts";

export type ChartTone = "accent" | "gain" | "loss" | "warn" | "text-3" | "line" | "text-2" | "panel";

export function colour(tone: ChartTone): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${tone}`).trim();
}

/** Give a colour of the palette some transparency. */
export function faded(tone: ChartTone, alpha: number): string {
  const hex = colour(tone);
  const part = (at: number) => Number.parseInt(hex.slice(at, at + 2), 16);
  return `rgba(${part(1)}, ${part(3)}, ${part(5)}, ${alpha})`;
}

/** What all our charts look like. */
export function chartLook(): DeepPartial<TimeChartOptions & ChartOptions> {
  return {
    autoSize: true,
    layout: {
      background: { type: ColorType.Solid, color: "transparent" },
      textColor: colour("text-3"),
      fontFamily: getComputedStyle(document.body).fontFamily,
      fontSize: 11,
      // The mark's style is written into the page, which our content policy forbids; the rail names its authors.
      attributionLogo: false,
    },
    grid: { vertLines: { visible: false }, horzLines: { color: colour("line") } },
    rightPriceScale: { borderVisible: false },
    timeScale: { borderVisible: false, timeVisible: true, secondsVisible: false },
    crosshair: {
      vertLine: { color: colour("text-3"), labelBackgroundColor: colour("text-3") },
      horzLine: { color: colour("text-3"), labelBackgroundColor: colour("text-3") },
    },
    handleScale: { axisPressedMouseMove: { price: false } },
  };
}
