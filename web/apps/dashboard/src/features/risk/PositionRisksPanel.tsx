/** The risk of each position, the largest exposure first. */
import { useQuery } from "@tanstack/react-query";
import { KEYS } from "../../api/keys.ts";
import { terminal } from "../../api/terminal.ts";
import type { PositionRisk } from "../../api/types.ts";
import { money, percent, price, quantity, signedMoney, tone } from "../../format/amounts.ts";
import { fixed } from "../../format/decimal.ts";
import { Empty, Loaded, Panel } from "../../ui/panel.tsx";
import { Link, slugOf } from "../../ui/router.tsx";
import { byDecimal, type Column, Table } from "../../ui/table.tsx";

const COLUMNS: readonly Column<PositionRisk>[] = [
  {
    name: "Instrument",
    cell: (row) => <Link href={`/market/${slugOf(row.instrument)}`}>{row.instrument}</Link>,
    sort: (row) => row.instrument,
  },
  { name: "Held by", cell: (row) => <span className="dim">{row.strategy_id}</span> },
  { name: "Quantity", align: "right", cell: (row) => quantity(row.quantity) },
  {
    name: "Exposure",
    align: "right",
    cell: (row) => money(row.exposure),
    sort: byDecimal((row) => row.exposure),
  },
  {
    name: "Of exposure",
    align: "right",
    cell: (row) => percent(row.exposure_percent, 1),
    sort: byDecimal((row) => row.exposure_percent),
  },
  {
    name: "Profit",
    align: "right",
    cell: (row) => <span className={tone(row.unrealized_pnl)}>{signedMoney(row.unrealized_pnl)}</span>,
    sort: byDecimal((row) => row.unrealized_pnl),
  },
  {
    name: "Stop",
    align: "right",
    cell: (row) => (row.stop_loss_price === null ? "–" : price(row.stop_loss_price)),
  },
  { name: "Beta", align: "right", cell: (row) => fixed(row.beta, 2) },
];

export function PositionRisksPanel() {
  const risks = useQuery({
    queryKey: [...KEYS.risk, "positions"],
    queryFn: () => terminal.positionRisks(),
    refetchInterval: 30_000,
  });
  return (
    <Panel title="Risk by position" layout="flush">
      <Loaded query={risks}>
        {(rows) => (
          <Table
            label="Risk by position"
            columns={COLUMNS}
            rows={rows}
            keyOf={(row) => row.position_id}
            empty={<Empty icon="risk" title="No position, no risk" />}
          />
        )}
      </Loaded>
    </Panel>
  );
}
