/** The server's answer to "what if". */
import type { Instrument } from "../../api/types.ts";
import { money, price, quantity } from "../../format/amounts.ts";
import { messageOf } from "../../ui/panel.tsx";
import type { Previewed } from "./usePreview.ts";

interface PreviewBoxProps {
  readonly preview: Previewed;
  readonly instrument: Instrument;
}

export function PreviewBox({ preview, instrument }: PreviewBoxProps) {
  const { data, error, isWaiting } = preview;
  if (error) {
    return (
      <div className="note-box warned" role="status">
        {messageOf(error)}
      </div>
    );
  }
  const refused =
    data && !data.accepted ? (data.refusal?.message ?? "This order would be refused.") : undefined;
  const { currency } = instrument;
  return (
    <div className="preview" aria-live="polite" data-waiting={isWaiting}>
      <dl className="pairs">
        <Pair name="Estimated price" value={price(data?.estimated_price, instrument)} />
        <Pair name="Value" value={money(data?.notional, currency)} />
        <Pair name="Fee, about" value={money(data?.estimated_fee, currency)} />
        <Pair name="Available after" value={money(data?.available_after, data?.currency ?? currency)} />
        <Pair
          name="Position after, if filled"
          value={quantity(data?.position_if_bought ?? data?.position_if_sold, instrument)}
        />
      </dl>
      {refused ? <div className="note-box warned">{refused}</div> : null}
    </div>
  );
}

function Pair({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
