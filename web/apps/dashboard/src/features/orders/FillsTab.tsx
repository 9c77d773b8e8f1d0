/** Every fill, newest first, as far back as one asks. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { KEYS } from "../../api/keys.ts";
import { useInstruments } from "../../api/queries.ts";
import { terminal } from "../../api/terminal.ts";
import type { Fill, Instrument } from "../../api/types.ts";
import { money, price, quantity, signedMoney, tone } from "../../format/amounts.ts";
import { moment } from "../../format/moments.ts";
import { sentence } from "../../format/words.ts";
import { Empty, Loaded, Panel } from "../../ui/panel.tsx";
import { Link, slugOf } from "../../ui/router.tsx";
import { byDecimal, type Column, Table } from "../../ui/table.tsx";
import { StrategyFilter, SymbolFilter } from "./filters.tsx";

const PER_PAGE = 50;

function columnsOf(instruments: readonly Instrument[]): Column<Fill>[] {
  const steps = (symbol: string) => instruments.find((one) => one.symbol === symbol);
  return [
    {
      name: "Time",
      cell: (row) => <time dateTime={row.timestamp}>{moment(row.timestamp)}</time>,
      sort: (row) => row.timestamp,
    },
    {
      name: "Instrument",
      cell: (row) => <Link href={`/market/${slugOf(row.instrument)}`}>{row.instrument}</Link>,
      sort: (row) => row.instrument,
    },
    {
      name: "Side",
      cell: (row) => <span className={row.side === "BUY" ? "gain" : "loss"}>{sentence(row.side)}</span>,
    },
    {
      name: "Quantity",
      align: "right",
      cell: (row) => quantity(row.quantity, steps(row.instrument)),
      sort: byDecimal((row) => row.quantity),
    },
    { name: "Price", align: "right", cell: (row) => price(row.price, steps(row.instrument)) },
    { name: "Fee", minor: true, align: "right", cell: (row) => money(row.fee, row.currency) },
    {
      name: "Realized",
      align: "right",
      cell: (row) => (
        <span className={tone(row.realized_pnl)}>{signedMoney(row.realized_pnl, row.currency)}</span>
      ),
      sort: byDecimal((row) => row.realized_pnl),
    },
    { name: "Liquidity", minor: true, cell: (row) => <span className="dim">{sentence(row.liquidity)}</span> },
    { name: "Traded by", minor: true, cell: (row) => <span className="dim">{row.strategy_id}</span> },
  ];
}

export function FillsTab() {
  const { data: instruments = [] } = useInstruments();
  const [symbol, setSymbol] = useState("");
  const [strategyId, setStrategyId] = useState("");
  const fills = useInfiniteQuery({
    queryKey: [...KEYS.fills, symbol, strategyId],
    queryFn: ({ pageParam }) =>
      terminal.fills({
        limit: PER_PAGE,
        ...(pageParam ? { cursor: pageParam } : {}),
        ...(symbol ? { instrument: symbol } : {}),
        ...(strategyId ? { strategy_id: strategyId } : {}),
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const columns = useMemo(() => columnsOf(instruments), [instruments]);
  return (
    <Panel
      title="Fills"
      layout="flush"
      actions={
        <>
          <SymbolFilter value={symbol} onChange={setSymbol} />
          <StrategyFilter value={strategyId} onChange={setStrategyId} />
        </>
      }
    >
      <Loaded query={fills} lines={10}>
        {({ pages }) => (
          <Table
            label="Fills"
            columns={columns}
            rows={pages.flatMap((page) => page.trades)}
            keyOf={(row) => row.trade_id}
            empty={<Empty icon="orders" title="Nothing has traded yet" />}
          />
        )}
      </Loaded>
      {fills.hasNextPage ? (
        <div className="pager">
          <button
            type="button"
            className="button small"
            disabled={fills.isFetchingNextPage}
            onClick={() => fills.fetchNextPage()}
          >
            Older fills
          </button>
        </div>
      ) : null}
    </Panel>
  );
}
