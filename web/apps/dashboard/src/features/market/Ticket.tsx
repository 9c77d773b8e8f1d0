/** The order ticket: what is asked for, what would become of it, and the button. */
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { platform } from "../../api/client.ts";
import { TRADING } from "../../api/keys.ts";
import { usePortfolio } from "../../api/queries.ts";
import type { Instrument } from "../../api/types.ts";
import { quantity as quantityText } from "../../format/amounts.ts";
import { isPositive } from "../../format/decimal.ts";
import { Confirm } from "../../ui/dialog.tsx";
import { Check, Input, Segments, Select } from "../../ui/form.tsx";
import { messageOf, Panel } from "../../ui/panel.tsx";
import { say } from "../../ui/toasts.tsx";
import { type Draft, draftOf, isReady, requestOf, TYPES } from "./draft.ts";
import { PreviewBox } from "./PreviewBox.tsx";
import { useClientOrderId } from "./useClientOrderId.ts";
import { usePreview } from "./usePreview.ts";

export type TicketSide = "BUY" | "SELL";

interface TicketProps {
  readonly instrument: Instrument;
  readonly side: TicketSide;
  readonly onSide: (side: TicketSide) => void;
  /** A price that was picked from the book. */
  readonly pick: string | undefined;
}

const SIDES = [
  { value: "BUY" as const, label: "Buy", className: "buy" },
  { value: "SELL" as const, label: "Sell", className: "sell" },
];

export function Ticket({ instrument, side, onSide, pick }: TicketProps) {
  const [draft, setDraft] = useState<Draft>(() => draftOf());
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const client = useQueryClient();
  const isLive = usePortfolio().data?.mode === "LIVE";
  const change = (part: Partial<Draft>) => {
    setError(undefined);
    setDraft((now) => ({ ...now, ...part }));
  };
  useEffect(() => {
    if (!pick) return;
    setDraft((now) => ({ ...now, limitPrice: pick, type: now.type === "MARKET" ? "LIMIT" : now.type }));
  }, [pick]);

  const request = isReady(draft) ? requestOf(draft, instrument.symbol, side) : null;
  const preview = usePreview(request);
  const orderId = useClientOrderId(request);
  const needsLimit = draft.type === "LIMIT" || draft.type === "STOP_LIMIT";
  const needsStop = draft.type === "STOP" || draft.type === "STOP_LIMIT";

  const place = async () => {
    if (!request) return;
    setBusy(true);
    try {
      const { data } = await platform.placeOrder({ ...request, client_order_id: orderId.keep() });
      orderId.forget();
      setDraft((now) => ({ ...now, quantity: "" }));
      if (data.status_detail === "DENIED") setError(data.reason || "The order was denied.");
      else
        say(
          `${side === "BUY" ? "Buy" : "Sell"} ${quantityText(data.quantity, instrument)} ${data.symbol} placed`,
        );
      for (const queryKey of TRADING) void client.invalidateQueries({ queryKey });
    } catch (problem) {
      setError(messageOf(problem));
    }
    setBusy(false);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isLive) setAsking(true);
    else void place();
  };

  return (
    <Panel title="Order" actions={<span className="faint">{instrument.symbol}</span>}>
      <form className="ticket stack" onSubmit={submit} aria-label="Order ticket">
        <Segments label="Side" value={side} options={SIDES} onChange={onSide} className="wide sides" />
        <Select
          label="Type"
          value={draft.type}
          options={TYPES}
          onChange={(event) => change({ type: event.target.value as Draft["type"] })}
        />
        <Input
          label="Quantity"
          numeric
          side={`Steps of ${quantityText(instrument.lot_size)}`}
          value={draft.quantity}
          placeholder="0"
          wrong={draft.quantity && !isPositive(draft.quantity) ? "Give a positive number." : undefined}
          onChange={(event) => change({ quantity: event.target.value })}
        />
        {needsStop ? (
          <Input
            label="Stop price"
            numeric
            side={instrument.currency}
            value={draft.stopPrice}
            onChange={(event) => change({ stopPrice: event.target.value })}
          />
        ) : null}
        {needsLimit ? (
          <Input
            label="Limit price"
            numeric
            side={`${instrument.currency}, steps of ${quantityText(instrument.tick_size)}`}
            value={draft.limitPrice}
            onChange={(event) => change({ limitPrice: event.target.value })}
          />
        ) : null}
        <div className="row between">
          <Check
            label="Reduce only"
            checked={draft.reduceOnly}
            onChange={(event) => change({ reduceOnly: event.target.checked })}
          />
          {needsLimit ? (
            <Check
              label="Post only"
              checked={draft.postOnly}
              onChange={(event) => change({ postOnly: event.target.checked })}
            />
          ) : null}
          <select
            className="select slim"
            aria-label="Time in force"
            value={draft.timeInForce}
            onChange={(event) => change({ timeInForce: event.target.value as Draft["timeInForce"] })}
          >
            <option value="">Default</option>
            {["DAY", "GTC", "IOC", "FOK"].map((value) => (
              <option key={value}>{value}</option>
            ))}
          </select>
        </div>
        <PreviewBox preview={preview} instrument={instrument} />
        {error ? (
          <div className="note-box bad" role="alert">
            {error}
          </div>
        ) : null}
        <button
          type="submit"
          className={`button large wide ${side === "BUY" ? "buy" : "sell"}`}
          disabled={!request || isBusy}
        >
          {isBusy ? "Placing…" : `${side === "BUY" ? "Buy" : "Sell"} ${instrument.symbol}`}
        </button>
      </form>
      {isAsking ? (
        <Confirm
          title="Place a live order?"
          action="Place it"
          tone="primary"
          run={place}
          onClose={() => setAsking(false)}
        >
          <p>
            This trades real money: {side === "BUY" ? "buy" : "sell"} {draft.quantity} {instrument.symbol}.
          </p>
        </Confirm>
      ) : null}
    </Panel>
  );
}
