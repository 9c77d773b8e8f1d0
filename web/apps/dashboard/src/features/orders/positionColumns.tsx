/** What every table of positions shows of one. */
import type { Instrument, Position } from "../../api/types.ts";
import { money, price, quantity } from "../../format/amounts.ts";
import { Link, slugOf } from "../../ui/router.tsx";
import { byDecimal, type Column } from "../../ui/table.tsx";

/** What is held, by whom, and what it is worth; each table adds the profit in its own way. */
export function positionColumns(instruments: readonly Instrument[]): Column<Position>[] {
  const steps = (symbol: string) => instruments.find((one) => one.symbol === symbol);
  return [
    {
      name: "Instrument",
      cell: (row) => <Link href={`/market/${slugOf(row.symbol)}`}>{row.symbol}</Link>,
      sort: (row) => row.symbol,
    },
    {
      name: "Held by",
      minor: true,
      cell: (row) => <span className="dim">{row.strategy_id}</span>,
      sort: (row) => row.strategy_id,
    },
    {
      name: "Quantity",
      align: "right",
      cell: (row) => quantity(row.quantity, steps(row.symbol)),
      sort: byDecimal((row) => row.quantity),
    },
    {
      name: "Entry",
      minor: true,
      align: "right",
      cell: (row) => price(row.average_entry_price, steps(row.symbol)),
    },
    { name: "Price", align: "right", cell: (row) => price(row.current_price, steps(row.symbol)) },
    {
      name: "Value",
      minor: true,
      align: "right",
      cell: (row) => money(row.market_value, row.currency),
      sort: byDecimal((row) => row.market_value),
    },
  ];
}
