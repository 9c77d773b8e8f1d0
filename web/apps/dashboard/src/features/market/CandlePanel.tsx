/** Candles with their volume, live, with lines where the account holds or works an order. */
import { withNextFrame } from "@openbell/react";
import { useQuery } from "@tanstack/react-query";
import {
  CandlestickSeries,
  createChart,
  HistogramSeries,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  LineStyle,
  type UTCTimestamp,
} from "lightweight-charts";
import { useEffect, useRef, useState } from "react";
import { KEYS } from "../../api/keys.ts";
import { terminal } from "../../api/terminal.ts";
import type { Candle, Instrument } from "../../api/types.ts";
import { price } from "../../format/amounts.ts";
import { placesOf } from "../../format/decimal.ts";
import { stream } from "../../live/stream.ts";
import { chartLook, colour, faded } from "../../ui/chartColors.ts";
import { Segments } from "../../ui/form.tsx";
import { Failed } from "../../ui/panel.tsx";
import { secondsOf } from "../../ui/points.ts";
import { useTheme } from "../../ui/theme.ts";
import { useLevels } from "./levels.ts";

const FRAMES = ["1s", "5s", "1m", "5m", "15m", "1h", "1d"] as const;
type Frame = (typeof FRAMES)[number];
const OPTIONS = FRAMES.map((value) => ({ value, label: value }));
const KEPT = "openbell.timeframe";
const BARS = 500;
/** A server that has just started has few minutes, but many seconds. */
const BARS_MIN = 12;

interface Drawing {
  readonly chart: IChartApi;
  readonly candles: ISeriesApi<"Candlestick">;
  readonly volume: ISeriesApi<"Histogram">;
}

function kept(): Frame | undefined {
  const found = localStorage.getItem(KEPT);
  return FRAMES.find((frame) => frame === found);
}

export function CandlePanel({ instrument }: { instrument: Instrument }) {
  const [frame, setFrame] = useState<Frame>(kept() ?? "1m");
  const place = useRef<HTMLDivElement>(null);
  const drawing = useRef<Drawing>(null);
  const theme = useTheme();
  const { symbol } = instrument;
  const history = useQuery({
    queryKey: [...KEYS.candles, symbol, frame],
    queryFn: () => terminal.candles(symbol, frame, BARS),
    staleTime: 0,
  });
  const { data } = history;

  useEffect(() => {
    if (data && data.length < BARS_MIN && !kept() && frame === "1m") setFrame("5s");
  }, [data, frame]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of theme changes every colour
  useEffect(() => {
    if (!place.current) return;
    const made = draw(place.current, instrument, frame);
    drawing.current = made;
    return () => {
      drawing.current = null;
      made.chart.remove();
    };
  }, [instrument, frame, theme]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new drawing has to be filled again
  useEffect(() => {
    const { current } = drawing;
    if (!current || !data) return;
    fill(current, data);
  }, [data, theme, instrument]);

  useEffect(() => {
    let last: Candle | undefined;
    const show = () => {
      if (last && drawing.current) update(drawing.current, last);
    };
    return stream.market("candles", symbol, { timeframe: frame }, ({ data: candle }) => {
      last = { ...candle, time: candle.timestamp } as unknown as Candle;
      withNextFrame(show);
    });
  }, [symbol, frame]);

  useLines(drawing, instrument, data);

  return (
    <div className="candles">
      <div className="row candle-tools">
        <Segments
          label="Length of a candle"
          value={frame}
          options={OPTIONS}
          onChange={(next) => {
            localStorage.setItem(KEPT, next);
            setFrame(next);
          }}
        />
      </div>
      {history.error && !data ? <Failed error={history.error} retry={history.refetch} /> : null}
      <div
        ref={place}
        className="candle-chart"
        role="img"
        aria-label={`Candles of ${symbol}, ${frame} each`}
      />
    </div>
  );
}

function draw(place: HTMLElement, instrument: Instrument, frame: Frame): Drawing {
  const look = chartLook();
  const chart = createChart(place, {
    ...look,
    localization: { priceFormatter: (value: number) => price(value.toFixed(8), instrument) },
    timeScale: { ...look.timeScale, secondsVisible: frame.endsWith("s"), rightOffset: 4 },
  });
  const minMove = Number(instrument.tick_size) || 0.01;
  const candles = chart.addSeries(CandlestickSeries, {
    upColor: colour("gain"),
    downColor: colour("loss"),
    wickUpColor: colour("gain"),
    wickDownColor: colour("loss"),
    borderVisible: false,
    priceFormat: { type: "price", precision: Math.max(2, placesOf(instrument.tick_size)), minMove },
  });
  candles.priceScale().applyOptions({ scaleMargins: { top: 0.08, bottom: 0.24 } });
  const volume = chart.addSeries(HistogramSeries, {
    priceScaleId: "",
    priceFormat: { type: "volume" },
    lastValueVisible: false,
    priceLineVisible: false,
  });
  volume.priceScale().applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
  return { chart, candles, volume };
}

function barOf(candle: Candle) {
  const time = Math.floor(secondsOf(candle.time)) as UTCTimestamp;
  const [open, high, low, close] = [candle.open, candle.high, candle.low, candle.close].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  return { time, open, high, low, close };
}

function volumeOf(candle: Candle) {
  const { time, open, close } = barOf(candle);
  return { time, value: Number(candle.volume), color: faded(close >= open ? "gain" : "loss", 0.35) };
}

function fill({ chart, candles, volume }: Drawing, data: readonly Candle[]): void {
  candles.setData(data.map(barOf));
  volume.setData(data.map(volumeOf));
  const to = data.length + 3;
  chart
    .timeScale()
    .setVisibleLogicalRange({ from: Math.max(data.length < 60 ? data.length - 70 : 0, to - 130), to });
}

/** A candle older than the last one is a straggler, which the chart refuses. */
function update({ candles, volume }: Drawing, candle: Candle): void {
  const bar = barOf(candle);
  const last = candles.data().at(-1);
  if (last && (last.time as number) > bar.time) return;
  candles.update(bar);
  volume.update(volumeOf(candle));
}

/** Lines at the entry of a position and at the prices of working orders. */
function useLines(
  drawing: { readonly current: Drawing | null },
  instrument: Instrument,
  data: unknown,
): void {
  const levels = useLevels(instrument);
  const theme = useTheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: lines belong to a drawing, which comes anew with these
  useEffect(() => {
    const { current } = drawing;
    if (!current) return;
    const lines: IPriceLine[] = levels.map((level) =>
      current.candles.createPriceLine({
        price: level.price,
        color: colour(level.tone),
        title: level.title,
        lineWidth: 1,
        lineStyle: level.tone === "accent" ? LineStyle.Solid : LineStyle.Dashed,
        axisLabelVisible: true,
      }),
    );
    return () => {
      if (drawing.current !== current) return;
      for (const line of lines) current.candles.removePriceLine(line);
    };
  }, [levels, theme, data]);
}
