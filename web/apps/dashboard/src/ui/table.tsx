/** Tables: columns said once, sorted by their heads, and turned by page. */
import { type ReactNode, useMemo, useState } from "react";
import { approximate, type Decimal } from "../format/decimal.ts";

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ReactNode;
  readonly align?: "left" | "right";
  /** What to sort by; without it the column does not sort. */
  readonly sort?: (row: Row) => string | number;
  readonly className?: string;
  /** A telephone leaves it out; what it says is a touch away. */
  readonly minor?: boolean;
}

/** The classes of a column's cells. */
function classOf<Row>({ align, className, minor }: Column<Row>): string {
  return [align === "right" ? "num" : "", className ?? "", minor ? "minor" : ""].filter(Boolean).join(" ");
}

/** Sort a column by a decimal. */
export const byDecimal =
  <Row,>(pick: (row: Row) => Decimal | null | undefined) =>
  (row: Row): number => {
    const value = approximate(pick(row));
    return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
  };

interface TableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly empty: ReactNode;
  readonly isChosen?: (row: Row) => boolean;
}

export function Table<Row>({ label, columns, rows, keyOf, empty, isChosen }: TableProps<Row>) {
  const [order, setOrder] = useState<{ name: string; isDown: boolean }>();
  const sorted = useMemo(() => {
    const pick = columns.find((column) => column.name === order?.name)?.sort;
    if (!pick || !order) return rows;
    const turn = order.isDown ? -1 : 1;
    return [...rows].sort((a, b) => (pick(a) < pick(b) ? -turn : pick(a) > pick(b) ? turn : 0));
  }, [rows, columns, order]);
  if (rows.length === 0) return empty;
  const turn = (name: string) =>
    setOrder((now) =>
      now?.name !== name ? { name, isDown: true } : now.isDown ? { name, isDown: false } : undefined,
    );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields; this is what scrolls, and no landmark
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
    <div className="table-wrap" role="group" aria-label={label} tabIndex={0}>
      <table className="table" aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.name} column={column} order={order} turn={turn} />
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <tr key={keyOf(row)} className={isChosen?.(row) ? "chosen" : ""}>
              {columns.map((column) => (
                <td key={column.name} className={classOf(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeadProps<Row> {
  readonly column: Column<Row>;
  readonly order: { name: string; isDown: boolean } | undefined;
  readonly turn: (name: string) => void;
}

function Head<Row>({ column, order, turn }: HeadProps<Row>) {
  const isOrdered = order?.name === column.name;
  const direction = isOrdered ? (order.isDown ? "descending" : "ascending") : undefined;
  const hidden = column.name.startsWith("#");
  return (
    <th
      scope="col"
      className={`${column.align === "right" ? "num" : ""} ${column.minor ? "minor" : ""}`}
      aria-sort={direction}
    >
      {column.sort ? (
        <button type="button" onClick={() => turn(column.name)}>
          {column.name}
          <span aria-hidden="true">{isOrdered ? (order.isDown ? " ↓" : " ↑") : ""}</span>
        </button>
      ) : hidden ? (
        <span className="visually-hidden">{column.name.slice(1)}</span>
      ) : (
        column.name
      )}
    </th>
  );
}

interface PagerProps {
  readonly page: number;
  readonly perPage: number;
  readonly total: number;
  readonly onPage: (page: number) => void;
}

export function Pager({ page, perPage, total, onPage }: PagerProps) {
  const pages = Math.max(1, Math.ceil(total / perPage));
  if (total <= perPage && page === 1) return null;
  return (
    <nav className="pager" aria-label="Pages">
      <span>
        {Math.min(total, (page - 1) * perPage + 1)}–{Math.min(total, page * perPage)} of {total}
      </span>
      <button type="button" className="button small" disabled={page <= 1} onClick={() => onPage(page - 1)}>
        Newer
      </button>
      <button
        type="button"
        className="button small"
        disabled={page >= pages}
        onClick={() => onPage(page + 1)}
      >
        Older
      </button>
    </nav>
  );
}
