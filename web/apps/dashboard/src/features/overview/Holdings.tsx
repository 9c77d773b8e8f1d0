/** What the account holds now. */
import { useMemo } from "react";
import { useInstruments, usePositions } from "../../api/queries.ts";
import type { Instrument, Position } from "../../api/types.ts";
import { signedMoney, signedPercent, tone } from "../../format/amounts.ts";
import { Empty, Loaded, Panel } from "../../ui/panel.tsx";
import { Link } from "../../ui/router.tsx";
import { byDecimal, type Column, Table } from "../../ui/table.tsx";
import { positionColumns } from "../orders/positionColumns.tsx";

function columnsOf(instruments: readonly Instrument[]): Column<Position>[] {
  return [
    ...positionColumns(instruments),
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
