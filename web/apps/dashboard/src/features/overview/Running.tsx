/** The strategies and how they are. */
import { useStrategies } from "../../api/queries.ts";
import type { StrategyRow } from "../../api/types.ts";
import { sentence } from "../../format/words.ts";
import { Status } from "../../ui/figures.tsx";
import { Empty, Loaded, Panel } from "../../ui/panel.tsx";
import { Link } from "../../ui/router.tsx";
import { type Column, Table } from "../../ui/table.tsx";

const COLUMNS: readonly Column<StrategyRow>[] = [
  {
    name: "Strategy",
    cell: (row) => (
      <Link href={`/strategies/${encodeURIComponent(row.strategy_id)}`}>{row.name || row.strategy_id}</Link>
    ),
    sort: (row) => row.name,
  },
  {
    name: "Kind",
    minor: true,
    cell: (row) => <span className="dim">{sentence(row.kind)}</span>,
    sort: (row) => row.kind,
  },
  { name: "Instruments", cell: (row) => row.symbols.join(", ") },
  { name: "Bars", minor: true, cell: (row) => <span className="dim">{row.timeframe}</span> },
  {
    name: "State",
    align: "right",
    cell: (row) => <Status status={row.run_state} />,
    sort: (row) => row.run_state,
  },
];

export function Running() {
  const strategies = useStrategies();
  return (
    <Panel title="Strategies" layout="flush" actions={<Link href="/strategies">Manage</Link>}>
      <Loaded query={strategies}>
        {(rows) => (
          <Table
            label="Strategies"
            columns={COLUMNS}
            rows={rows}
            keyOf={(row) => row.strategy_id}
            empty={
              <Empty icon="strategies" title="No strategy yet">
                <Link href="/strategies">Set one up</Link> and let it trade on paper.
              </Empty>
            }
          />
        )}
      </Loaded>
    </Panel>
  );
}
