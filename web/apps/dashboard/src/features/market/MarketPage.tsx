/** One instrument: its candles, its book, its trades, and the ticket to trade it with. */
import { useCallback, useEffect, useMemo, useState } from "react";
import { useMay } from "../../api/may.ts";
import { useInstruments } from "../../api/queries.ts";
import type { Instrument } from "../../api/types.ts";
import { Empty, Loaded, Panel } from "../../ui/panel.tsx";
import { navigate, slugOf, usePath } from "../../ui/router.tsx";
import { BookPanel } from "./BookPanel.tsx";
import { CandlePanel } from "./CandlePanel.tsx";
import { Header } from "./Header.tsx";
import { PrintsPanel } from "./PrintsPanel.tsx";
import { Ticket, type TicketSide } from "./Ticket.tsx";
import { Watchlist } from "./Watchlist.tsx";
import { WorkingHere } from "./WorkingHere.tsx";

const FIRST = "BTC/USD";

export default function MarketPage() {
  const instruments = useInstruments();
  return (
    <div className="page market">
      <Loaded query={instruments} lines={10}>
        {(list) => <Chosen list={list} />}
      </Loaded>
    </div>
  );
}

function Chosen({ list }: { list: readonly Instrument[] }) {
  const slug = usePath().split("/")[2];
  const chosen = useMemo(() => {
    const named = slug && list.find(({ symbol }) => slugOf(symbol) === slug);
    return named || (slug ? undefined : (list.find(({ symbol }) => symbol === FIRST) ?? list[0]));
  }, [list, slug]);
  const [side, setSide] = useState<TicketSide>("BUY");
  const [pick, setPick] = useState<string>();
  const mayTrade = useMay("trade");
  const step = useCallback(
    (by: number) => {
      const at = list.findIndex(({ symbol }) => symbol === chosen?.symbol);
      const next = list[(at + by + list.length) % list.length];
      if (next) navigate(`/market/${slugOf(next.symbol)}`);
    },
    [list, chosen],
  );
  useMarketKeys(step, setSide);
  if (!chosen) return <Empty icon="market" title="There is no such instrument" />;
  return (
    <div className="market-grid">
      <Watchlist list={list} chosen={chosen.symbol} />
      <div className="stack">
        <section className="panel" aria-label={`Chart of ${chosen.symbol}`}>
          <Header instrument={chosen} />
          <CandlePanel key={chosen.symbol} instrument={chosen} />
        </section>
        <div className="cols two">
          <BookPanel key={chosen.symbol} instrument={chosen} onPick={mayTrade ? setPick : undefined} />
          <PrintsPanel key={`${chosen.symbol}-prints`} instrument={chosen} />
        </div>
      </div>
      <div className="stack">
        {mayTrade ? (
          <Ticket key={chosen.symbol} instrument={chosen} side={side} onSide={setSide} pick={pick} />
        ) : (
          <Panel title="Order">
            <p className="dim">You may look, not trade.</p>
          </Panel>
        )}
        <WorkingHere instrument={chosen} />
      </div>
    </div>
  );
}

/** B and S choose the side, J and K the instrument. */
function useMarketKeys(step: (by: number) => void, setSide: (side: TicketSide) => void): void {
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if ((event.target as HTMLElement).closest("input, textarea, select, dialog")) return;
      if (event.key === "j") step(1);
      if (event.key === "k") step(-1);
      if (event.key === "b") setSide("BUY");
      if (event.key === "s") setSide("SELL");
      if (event.key === "b" || event.key === "s")
        document.querySelector<HTMLInputElement>("form.ticket input.number")?.focus();
      if ("bs".includes(event.key)) event.preventDefault();
    };
    addEventListener("keydown", hear);
    return () => removeEventListener("keydown", hear);
  }, [step, setSide]);
}
