/** Prices of an instrument that mean something to the account: entries and working orders. */
import { useMemo } from "react";
import { usePositions } from "../../api/queries.ts";
import type { Instrument } from "../../api/types.ts";
import { quantity } from "../../format/amounts.ts";
import type { ChartTone } from "../../ui/chartColors.ts";
import { useWorking } from "./working.ts";

export interface PriceLevel {
  readonly price: number;
  readonly title: string;
  readonly tone: ChartTone;
}

export function useLevels(instrument: Instrument): readonly PriceLevel[] {
  const { symbol } = instrument;
  const { data: positions } = usePositions();
  const { data: orders } = useWorking(symbol);
  const held = (positions?.data ?? []).filter((row) => row.symbol === symbol);
  // Marks move all the time; entries and prices of orders do not.
  const text = JSON.stringify([
    ...held.map((row) => [row.average_entry_price, `Held ${quantity(row.quantity, instrument)}`, "accent"]),
    ...(orders?.data ?? []).map((order) => [
      order.limit_price ?? order.stop_price,
      `${order.side === "BUY" ? "Buy" : "Sell"} ${quantity(order.remaining_quantity, instrument)}`,
      order.side === "BUY" ? "gain" : "loss",
    ]),
  ]);
  return useMemo(
    () =>
      (JSON.parse(text) as [string, string, ChartTone][])
        .map(([price, title, tone]) => ({ price: Number(price), title, tone }))
        .filter(({ price }) => price > 0),
    [text],
  );
}
