/** The latest public trades. */
import { useTrades } from "@openbell/react";
import type { Instrument } from "../../api/types.ts";
import { price, size } from "../../format/amounts.ts";
import { clock } from "../../format/moments.ts";
import { useLine } from "../../live/stream.ts";
import { Empty, Panel } from "../../ui/panel.tsx";

const SHOWN = 13;

export function PrintsPanel({ instrument }: { instrument: Instrument }) {
  const { trades: prints } = useTrades(instrument.symbol, { limit: SHOWN });
  const isStale = useLine() === "lost";
  return (
    <Panel title="Trades" layout="flush">
      {prints.length === 0 ? (
        <Empty icon="telemetry" title="Waiting for the next trade" />
      ) : (
        <table className="prints" aria-label={`Latest trades of ${instrument.symbol}`} data-stale={isStale}>
          <thead>
            <tr className="faint">
              <th scope="col">Time</th>
              <th scope="col">Price</th>
              <th scope="col">Size</th>
            </tr>
          </thead>
          <tbody>
            {prints.map((print) => (
              <tr key={print.trade_id ?? print.timestamp}>
                <td className="faint">{clock(print.timestamp)}</td>
                <td className={print.move > 0 ? "gain" : print.move < 0 ? "loss" : ""}>
                  {price(print.price, instrument)}
                </td>
                <td>{size(print.quantity, instrument)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
