/** What the account holds and works of one instrument, with the ways out of both. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { platform } from "../../api/client.ts";
import { TRADING } from "../../api/keys.ts";
import { useMay } from "../../api/may.ts";
import { usePositions } from "../../api/queries.ts";
import { terminal } from "../../api/terminal.ts";
import type { Instrument, Position } from "../../api/types.ts";
import { price, quantity, signedMoney, tone } from "../../format/amounts.ts";
import { Confirm } from "../../ui/dialog.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Panel } from "../../ui/panel.tsx";
import { say, tell } from "../../ui/toasts.tsx";
import { useWorking } from "./working.ts";

export function WorkingHere({ instrument }: { instrument: Instrument }) {
  const client = useQueryClient();
  const mayTrade = useMay("trade");
  const { data: positions } = usePositions();
  const { data: orders } = useWorking(instrument.symbol);
  const [closing, setClosing] = useState<Position>();
  const held = (positions?.data ?? []).filter((row) => row.symbol === instrument.symbol);
  const renew = () => {
    for (const queryKey of TRADING) void client.invalidateQueries({ queryKey });
  };
  const cancel = async (orderId: string) => {
    const path = { order_id: orderId };
    const answer = await tell(platform.delete("/v1/orders/{order_id}", { path }));
    if (answer) say(answer.message);
    renew();
  };
  return (
    <Panel title="Yours" layout="flush">
      <ul className="yours">
        {held.map((row) => (
          <li key={row.position_id}>
            <span>
              <strong>{quantity(row.quantity, instrument)}</strong>{" "}
              <span className="faint">
                at {price(row.average_entry_price, instrument)}
                {row.strategy_id === "manual" ? "" : ` · ${row.strategy_id}`}
              </span>
            </span>
            <span className={tone(row.unrealized_pnl)}>{signedMoney(row.unrealized_pnl, row.currency)}</span>
            {mayTrade ? (
              <button type="button" className="button small" onClick={() => setClosing(row)}>
                Close
              </button>
            ) : null}
          </li>
        ))}
        {(orders?.data ?? []).map((order) => (
          <li key={order.order_id}>
            <span>
              <strong className={order.side === "BUY" ? "gain" : "loss"}>
                {order.side === "BUY" ? "Buy" : "Sell"} {quantity(order.remaining_quantity, instrument)}
              </strong>{" "}
              <span className="faint">at {price(order.limit_price ?? order.stop_price, instrument)}</span>
            </span>
            {mayTrade ? (
              <button
                type="button"
                className="button small icon-only"
                aria-label={`Cancel the order for ${quantity(order.remaining_quantity, instrument)}`}
                onClick={() => cancel(order.order_id)}
              >
                <Icon name="close" size={14} />
              </button>
            ) : null}
          </li>
        ))}
        {held.length === 0 && !orders?.data.length ? (
          <li className="faint">No position and no working order here.</li>
        ) : null}
      </ul>
      {closing ? (
        <Confirm
          title={`Close ${closing.symbol}?`}
          action="Close at the market"
          run={async () => {
            await terminal.close(closing.position_id);
            say(`Closing ${closing.symbol}`);
            renew();
          }}
          onClose={() => setClosing(undefined)}
        >
          <p>
            {quantity(closing.quantity, instrument)} {closing.symbol} of {closing.strategy_id} are traded away
            at the best price there is.
          </p>
        </Confirm>
      ) : null}
    </Panel>
  );
}
