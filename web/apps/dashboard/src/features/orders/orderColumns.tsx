/** The columns of the list of orders. */
import type { Instrument, Order } from "../../api/types.ts";
import { price, quantity } from "../../format/amounts.ts";
import { moment } from "../../format/moments.ts";
import { sentence } from "../../format/words.ts";
import { Bar, Status } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Link, slugOf } from "../../ui/router.tsx";
import { byDecimal, type Column } from "../../ui/table.tsx";

const OVER = new Set(["FILLED", "CANCELED", "EXPIRED", "REJECTED", "DENIED"]);

/** Tell whether an order can still trade. */
export const isOpen = (order: Order): boolean => !OVER.has(order.status_detail);

interface ColumnsAsked {
  readonly instruments: readonly Instrument[];
  readonly mayTrade: boolean;
  readonly cancel: (order: Order) => void;
  readonly change: (order: Order) => void;
}

export function orderColumns({ instruments, mayTrade, cancel, change }: ColumnsAsked): Column<Order>[] {
  const steps = (symbol: string) => instruments.find((one) => one.symbol === symbol);
  const columns: Column<Order>[] = [
    {
      name: "Time",
      minor: true,
      cell: (row) => <time dateTime={row.created_at}>{moment(row.created_at)}</time>,
      sort: (row) => row.created_at,
    },
    {
      name: "Instrument",
      cell: (row) => <Link href={`/market/${slugOf(row.symbol)}`}>{row.symbol}</Link>,
      sort: (row) => row.symbol,
    },
    {
      name: "Side",
      cell: (row) => <span className={row.side === "BUY" ? "gain" : "loss"}>{sentence(row.side)}</span>,
      sort: (row) => row.side,
    },
    {
      name: "Type",
      minor: true,
      cell: (row) => (
        <span className="dim">
          {sentence(row.order_type)} {row.time_in_force}
        </span>
      ),
    },
    {
      name: "Quantity",
      align: "right",
      cell: (row) => quantity(row.quantity, steps(row.symbol)),
      sort: byDecimal((row) => row.quantity),
    },
    {
      name: "Filled",
      minor: true,
      align: "right",
      cell: (row) => (
        <span className="filled">
          {quantity(row.filled_quantity, steps(row.symbol))}
          {isOpen(row) ? (
            <Bar
              part={Number(row.filled_quantity) / Number(row.quantity) / 1.3}
              label="Part that is filled"
            />
          ) : null}
        </span>
      ),
    },
    {
      name: "Price",
      align: "right",
      cell: (row) =>
        row.order_type === "MARKET" ? "Market" : price(row.limit_price ?? row.stop_price, steps(row.symbol)),
    },
    {
      name: "Average",
      minor: true,
      align: "right",
      cell: (row) => price(row.average_fill_price, steps(row.symbol)),
    },
    {
      name: "Placed by",
      minor: true,
      cell: (row) => <span className="dim">{row.strategy_id}</span>,
      sort: (row) => row.strategy_id,
    },
    {
      name: "State",
      cell: (row) => (
        <span title={row.reason || undefined}>
          <Status status={row.status_detail} />
          {row.in_doubt ? <span className="badge warned">In doubt</span> : null}
        </span>
      ),
      sort: (row) => row.status_detail,
    },
  ];
  if (mayTrade) {
    columns.push({
      name: "#Actions",
      align: "right",
      className: "actions",
      cell: (row) =>
        isOpen(row) ? (
          <>
            {row.order_type !== "MARKET" ? (
              <button type="button" className="button small" aria-label="Modify" onClick={() => change(row)}>
                <Icon name="edit" size={14} />
              </button>
            ) : null}
            <button type="button" className="button small" onClick={() => cancel(row)}>
              Cancel
            </button>
          </>
        ) : null,
    });
  }
  return columns;
}
