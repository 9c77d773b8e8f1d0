/** What is held, marked live, with the way out. */
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { TRADING } from "../../api/keys.ts";
import { useMay } from "../../api/may.ts";
import { useInstruments, usePositions } from "../../api/queries.ts";
import { terminal } from "../../api/terminal.ts";
import type { Instrument, Position } from "../../api/types.ts";
import { signedMoney, signedPercent, tone } from "../../format/amounts.ts";
import { absolute, isPositive } from "../../format/decimal.ts";
import { day } from "../../format/moments.ts";
import { useLine } from "../../live/stream.ts";
import { Confirm } from "../../ui/dialog.tsx";
import { Input } from "../../ui/form.tsx";
import { Empty, Loaded, Panel } from "../../ui/panel.tsx";
import { byDecimal, type Column, Table } from "../../ui/table.tsx";
import { say } from "../../ui/toasts.tsx";
import { positionColumns } from "./positionColumns.tsx";

type Close = (position: Position) => void;

function columnsOf(instruments: readonly Instrument[], close: Close | undefined): Column<Position>[] {
  const columns: Column<Position>[] = [
    ...positionColumns(instruments),
    {
      name: "Unrealized",
      align: "right",
      cell: (row) => (
        <span className={tone(row.unrealized_pnl)}>{signedMoney(row.unrealized_pnl, row.currency)}</span>
      ),
      sort: byDecimal((row) => row.unrealized_pnl),
    },
    {
      name: "Percent",
      minor: true,
      align: "right",
      cell: (row) => (
        <span className={tone(row.unrealized_pnl_pct)}>{signedPercent(row.unrealized_pnl_pct)}</span>
      ),
      sort: byDecimal((row) => row.unrealized_pnl_pct),
    },
    {
      name: "Realized",
      minor: true,
      align: "right",
      cell: (row) => (
        <span className={tone(row.realized_pnl)}>{signedMoney(row.realized_pnl, row.currency)}</span>
      ),
    },
    {
      name: "Since",
      minor: true,
      cell: (row) => <span className="dim">{day(row.opened_at)}</span>,
      sort: (row) => row.opened_at,
    },
  ];
  if (close) {
    columns.push({
      name: "#Actions",
      align: "right",
      className: "actions",
      cell: (row) => (
        <button type="button" className="button small" onClick={() => close(row)}>
          Close
        </button>
      ),
    });
  }
  return columns;
}

export function PositionsTab() {
  const positions = usePositions();
  const mayTrade = useMay("trade");
  const isStale = useLine() === "lost";
  const { data: instruments = [] } = useInstruments();
  const [closing, setClosing] = useState<Position>();
  const columns = useMemo(
    () => columnsOf(instruments, mayTrade ? setClosing : undefined),
    [instruments, mayTrade],
  );
  return (
    <Panel
      title="Positions"
      layout="flush"
      note={
        positions.data
          ? `Unrealized in all ${signedMoney(positions.data.meta.total_unrealized_pnl)}`
          : undefined
      }
    >
      <Loaded query={positions} lines={6}>
        {({ data }) => (
          <div data-stale={isStale}>
            <Table
              label="Positions"
              columns={columns}
              rows={data}
              keyOf={(row) => row.position_id}
              empty={
                <Empty icon="market" title="Nothing is held">
                  What you buy or sell short appears here.
                </Empty>
              }
            />
          </div>
        )}
      </Loaded>
      {closing ? <CloseDialog position={closing} onClose={() => setClosing(undefined)} /> : null}
    </Panel>
  );
}

function CloseDialog({ position, onClose }: { position: Position; onClose: () => void }) {
  const client = useQueryClient();
  const whole = absolute(position.quantity);
  const [part, setPart] = useState(whole);
  const run = async () => {
    if (!isPositive(part)) throw new Error("Give a positive quantity.");
    await terminal.close(position.position_id, part === whole ? undefined : part);
    say(`Closing ${part === whole ? "" : `${part} of `}${position.symbol}`);
    for (const queryKey of TRADING) void client.invalidateQueries({ queryKey });
  };
  return (
    <Confirm title={`Close ${position.symbol}?`} action="Close at the market" run={run} onClose={onClose}>
      <p>Traded away at the best price there is, by an order that can only reduce.</p>
      <Input
        label="Quantity"
        numeric
        side={`of ${whole}`}
        value={part}
        onChange={(e) => setPart(e.target.value)}
      />
    </Confirm>
  );
}
