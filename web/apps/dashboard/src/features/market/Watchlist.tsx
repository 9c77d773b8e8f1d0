/** All instruments with their latest price, to choose one from. */
import { useLastTrade } from "@openbell/react";
import { memo, useEffect, useRef } from "react";
import type { Instrument } from "../../api/types.ts";
import { price, signedPercent, tone } from "../../format/amounts.ts";
import { useLine } from "../../live/stream.ts";
import { Link, slugOf } from "../../ui/router.tsx";
import { changeSince, useStats } from "./stats.ts";

interface WatchlistProps {
  readonly list: readonly Instrument[];
  readonly chosen: string;
}

export function Watchlist({ list, chosen }: WatchlistProps) {
  const isStale = useLine() === "lost";
  const place = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another choice has to be in sight again
  useEffect(() => {
    const row = place.current?.querySelector<HTMLElement>("[aria-current]");
    // Only the list itself is moved: the page stays where it is.
    if (row && place.current)
      place.current.scrollLeft = row.offsetLeft - (place.current.clientWidth - row.offsetWidth) / 2;
  }, [chosen]);
  return (
    <nav ref={place} className="panel watchlist" aria-label="Instruments" data-stale={isStale}>
      {list.map((instrument) => (
        <WatchRow key={instrument.symbol} instrument={instrument} isChosen={instrument.symbol === chosen} />
      ))}
    </nav>
  );
}

const WatchRow = memo(function WatchRow({
  instrument,
  isChosen,
}: {
  instrument: Instrument;
  isChosen: boolean;
}) {
  const last = useLastTrade(instrument.symbol);
  const { data: stats } = useStats(instrument.symbol);
  const now = last.price ?? stats?.last ?? instrument.current_price ?? undefined;
  const change = changeSince(stats?.open, now);
  return (
    <Link
      href={`/market/${slugOf(instrument.symbol)}`}
      aria-current={isChosen ? "true" : undefined}
      title={instrument.name}
      data-symbol={instrument.symbol}
    >
      <span className="symbol">{instrument.symbol}</span>
      <span className={last.move > 0 ? "gain" : last.move < 0 ? "loss" : ""}>{price(now, instrument)}</span>
      <span className="faint name">{instrument.name}</span>
      <span className={`change ${tone(change)}`}>{signedPercent(change)}</span>
    </Link>
  );
});
