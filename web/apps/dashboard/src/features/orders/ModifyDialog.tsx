/** Changing a working order; it keeps its id, and a change made elsewhere meanwhile is not overwritten. */
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { platform } from "../../api/client.ts";
import { KEYS } from "../../api/keys.ts";
import type { Order } from "../../api/types.ts";
import { isPositive } from "../../format/decimal.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Input } from "../../ui/form.tsx";
import { messageOf } from "../../ui/panel.tsx";
import { say } from "../../ui/toasts.tsx";

export function ModifyDialog({ order, onClose }: { order: Order; onClose: () => void }) {
  const client = useQueryClient();
  const [quantity, setQuantity] = useState(order.quantity);
  const [limitPrice, setLimitPrice] = useState(order.limit_price ?? "");
  const [stopPrice, setStopPrice] = useState(order.stop_price ?? "");
  const [error, setError] = useState<string>();
  const values = [
    quantity,
    order.limit_price === null ? "1" : limitPrice,
    order.stop_price === null ? "1" : stopPrice,
  ];
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setError(undefined);
    try {
      const { message } = await platform.put("/v1/orders/{order_id}", {
        path: { order_id: order.order_id },
        ifMatch: `"${order.revision}"`,
        body: {
          ...(quantity === order.quantity ? {} : { quantity }),
          ...(order.limit_price === null || limitPrice === order.limit_price
            ? {}
            : { limit_price: limitPrice }),
          ...(order.stop_price === null || stopPrice === order.stop_price ? {} : { stop_price: stopPrice }),
        },
      });
      say(message);
      onClose();
    } catch (problem) {
      setError(messageOf(problem));
    }
    void client.invalidateQueries({ queryKey: KEYS.orders });
  };
  return (
    <Dialog title={`Modify: ${order.side === "BUY" ? "buy" : "sell"} ${order.symbol}`} onClose={onClose}>
      <form className="dialog-body" onSubmit={submit}>
        <Input
          label="Quantity"
          numeric
          autoFocus
          value={quantity}
          onChange={(e) => setQuantity(e.target.value)}
        />
        {order.stop_price === null ? null : (
          <Input
            label="Stop price"
            numeric
            value={stopPrice}
            onChange={(e) => setStopPrice(e.target.value)}
          />
        )}
        {order.limit_price === null ? null : (
          <Input
            label="Limit price"
            numeric
            value={limitPrice}
            onChange={(e) => setLimitPrice(e.target.value)}
          />
        )}
        {error ? (
          <div className="note-box bad" role="alert">
            {error}
          </div>
        ) : null}
        <div className="dialog-foot">
          <button type="button" className="button" onClick={onClose}>
            Keep as it is
          </button>
          <button type="submit" className="button primary" disabled={!values.every(isPositive)}>
            Modify
          </button>
        </div>
      </form>
    </Dialog>
  );
}
