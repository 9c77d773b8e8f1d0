/** The live book: bids and asks by price, with the depth to each drawn behind it. */
import { useOrderBook } from "@openbell/react";
import type { BookLevel } from "@openbell/sdk";
import { memo } from "react";
import type { Instrument } from "../../api/types.ts";
import { price, size } from "../../format/amounts.ts";
import { useStale } from "../../live/stale.ts";
import { Bones, Panel } from "../../ui/panel.tsx";

const LEVELS = 12;

interface BookProps {
  readonly instrument: Instrument;
  readonly onPick?: ((price: string) => void) | undefined;
}

export function BookPanel({ instrument, onPick }: BookProps) {
  const { orderBook: book, receivedAt } = useOrderBook(instrument.symbol, { depth: LEVELS });
  const stale = useStale(receivedAt);
  const bid = Number(book?.bids[0]?.price);
  const ask = Number(book?.asks[0]?.price);
  const spread = ask - bid;
  const note = Number.isFinite(spread)
    ? `Spread ${price(spread.toFixed(8), instrument)} · ${((spread / ((ask + bid) / 2)) * 10_000).toFixed(2)} bps`
    : undefined;
  const total = book ? Math.max(sumOf(book.bids), sumOf(book.asks)) : 1;
  return (
    <Panel title="Order book" note={stale === null ? note : `${stale} s old`} layout="flush">
      {book ? (
        <div className="book" data-stale={stale !== null} data-testid="book">
          <Half
            name="Bids"
            side="bid"
            levels={book.bids}
            total={total}
            instrument={instrument}
            onPick={onPick}
          />
          <Half
            name="Asks"
            side="ask"
            levels={book.asks}
            total={total}
            instrument={instrument}
            onPick={onPick}
          />
        </div>
      ) : (
        <Bones lines={8} />
      )}
    </Panel>
  );
}

const sumOf = (levels: readonly BookLevel[]): number =>
  levels.reduce((sum, level) => sum + Number(level.quantity), 0);

interface HalfProps extends BookProps {
  readonly name: string;
  readonly side: "bid" | "ask";
  readonly levels: readonly BookLevel[];
  readonly total: number;
}

const Half = memo(function Half({ name, side, levels, total, instrument, onPick }: HalfProps) {
  let depth = 0;
  return (
    <div className={`half ${side}`}>
      <div className="half-head faint">
        <span>{name}</span>
        <span>Size</span>
      </div>
      {levels.slice(0, LEVELS).map((level) => {
        depth += Number(level.quantity);
        const width = `${Math.min(100, (depth / total) * 100).toFixed(1)}%`;
        const text = (
          <>
            <span className="depth" style={{ width }} />
            <span className={side === "bid" ? "gain" : "loss"}>{price(level.price, instrument)}</span>
            <span>{size(level.quantity, instrument)}</span>
          </>
        );
        return onPick ? (
          <button
            key={String(level.price)}
            type="button"
            title="Use this price"
            onClick={() => onPick(String(level.price))}
          >
            {text}
          </button>
        ) : (
          <div key={String(level.price)} className="level">
            {text}
          </div>
        );
      })}
    </div>
  );
});
