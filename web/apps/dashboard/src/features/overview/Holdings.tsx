/** What the account holds now. */
import { useMemo } from "react";
import { useInstruments, usePositions } from "../../api/queries.ts";
import type { Instrument, Position } from "../../api/types.ts";
import { money, price, quantity, signedMoney, signedPercent, tone } from "../../format/amounts.ts";
import { Empty, Loaded, Panel } from "../../ui/panel.tsx";
import { Link, slugOf } from "../../ui/router.tsx";
import { byDecimal, type Column, Table } from "../../ui/table.tsx";

function columnsOf(instruments: readonly Instrument[]): Column<Position>[] {
  const steps = (symbol: string) => instruments.find((one) => one.symbol === symbol);
  return [
    {
      name: "Instrument",
      cell: (row) => <Link href={`/market/${slugOf(row.symbol)}`}>{row.symbol}</Link>,
      sort: (row) => row.symbol,
    },
    {
      name: "Held by",
      cell: (row) => <span className="dim">{row.strategy_id}</span>,
      sort: (row) => row.strategy_id,
    },
    {
      name: "Quantity",
      align: "right",
      cell: (row) => quantity(row.quantity, steps(row.symbol)),
      sort: byDecimal((row) => row.quantity),
    },
    { name: "Entry", align: "right", cell: (row) => price(row.average_entry_price, steps(row.symbol)) },
    { name: "Price", align: "right", cell: (row) => price(row.current_price, steps(row.symbol)) },
    {
      name: "Value",
      align: "right",
      cell: (row) => money(row.market_value, row.currency),
      sort: byDecimal((row) => row.market_value),
    },
    {
      name: "Profit",
      align: "right",
      cell: (row) => (
        <span className={tone(row.unrealized_pnl)}>
          {signedMoney(row.unrealized_pnl, row.currency)}{" "}
          <span className="faint">{signedPercent(row.unrealized_pnl_pct)}</span>
        </span>
      ),
      sort: byDecimal((row) => row.unrealized_pnl),
    },
  ];
}

export function Holdings() {
  const positions = usePositions();
  const { data: instruments = [] } = useInstruments();
  const columns = useMemo(() => columnsOf(instruments), [instruments]);
  return (
    <Panel title="Positions" layout="flush" actions={<Link href="/orders?tab=positions">All positions</Link>}>
      <Loaded query={positions}>
        {({ data }) => (
          <Table
            label="Positions"
            columns={columns}
            rows={data}
            keyOf={(row) => row.position_id}
            empty={
              <Empty icon="market" title="Nothing is held">
                <Link href="/market">Open the market</Link> to place an order.
              </Empty>
            }
          />
        )}
      </Loaded>
    </Panel>
  );
}
