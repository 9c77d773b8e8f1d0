/** The name of an instrument, its price, and its day. */
import { useLastTrade } from "@openbell/react";
import type { Instrument } from "../../api/types.ts";
import { compact, price, signedPercent, tone } from "../../format/amounts.ts";
import { sentence } from "../../format/words.ts";
import { useStale } from "../../live/stale.ts";
import { changeSince, useStats } from "./stats.ts";

export function Header({ instrument }: { instrument: Instrument }) {
  const last = useLastTrade(instrument.symbol);
  const { data: stats } = useStats(instrument.symbol);
  const stale = useStale(last.receivedAt);
  const now = last.price ?? stats?.last ?? instrument.current_price ?? undefined;
  const change = changeSince(stats?.open, now);
  return (
    <header className="market-head">
      <div>
        <h2>{instrument.symbol}</h2>
        <span className="faint">
          {instrument.name} · {sentence(instrument.asset_class)} · {instrument.currency}
        </span>
      </div>
      <div className="last" data-stale={stale !== null} data-testid="last-price">
        <span className={`figure-value big ${last.trade === null ? "" : last.move < 0 ? "loss" : "gain"}`}>
          {price(now, instrument)}
        </span>
        <span className={tone(change)}>{signedPercent(change)}</span>
      </div>
      {stale !== null ? <span className="stale-mark">{stale} s old</span> : null}
      <dl className="day">
        <Day name="Open" value={price(stats?.open, instrument)} />
        <Day name="High" value={price(stats?.high, instrument)} />
        <Day name="Low" value={price(stats?.low, instrument)} />
        <Day name="Volume" value={stats ? compact(Number(stats.volume)) : "–"} />
      </dl>
    </header>
  );
}

function Day({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
