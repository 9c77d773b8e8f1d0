/** Runs, newest first; tick some to lay them beside each other. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { platform } from "../../api/client.ts";
import { KEYS } from "../../api/keys.ts";
import { useMay } from "../../api/may.ts";
import type { RunRow } from "../../api/types.ts";
import { percent, ratio, signedPercent, tone } from "../../format/amounts.ts";
import { moment } from "../../format/moments.ts";
import { sentence } from "../../format/words.ts";
import { Bar, Status } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Empty, Loaded, Panel } from "../../ui/panel.tsx";
import { Link, navigate, replaceSearch, useSearch } from "../../ui/router.tsx";
import { byDecimal, type Column, Pager, Table } from "../../ui/table.tsx";
import { NewRun } from "./NewRun.tsx";
import { isUnderWay } from "./useRun.ts";

const PER_PAGE = 20;
const COMPARED_MAX = 5;

function columnsOf(chosen: readonly string[], choose: (id: string) => void): Column<RunRow>[] {
  return [
    {
      name: "#Compare",
      cell: (row) => (
        <input
          type="checkbox"
          aria-label={`Compare run ${row.run_id.slice(0, 8)}`}
          checked={chosen.includes(row.run_id)}
          disabled={row.status_detail !== "COMPLETED"}
          onChange={() => choose(row.run_id)}
        />
      ),
    },
    {
      name: "Run",
      cell: (row) => (
        <Link href={`/research/${row.run_id}`}>
          {row.strategy_id === "backtest" ? "Backtest" : row.strategy_id}{" "}
          <span className="mono faint">{row.run_id.slice(0, 8)}</span>
        </Link>
      ),
    },
    {
      name: "Study",
      minor: true,
      cell: (row) => <span className="dim">{row.study ? sentence(row.study) : "–"}</span>,
    },
    {
      name: "Range",
      minor: true,
      cell: (row) => (
        <span className="dim">
          {row.start_date} – {row.end_date}
        </span>
      ),
    },
    {
      name: "Return",
      align: "right",
      cell: (row) => <span className={tone(row.total_return)}>{signedPercent(row.total_return)}</span>,
      sort: byDecimal((row) => row.total_return),
    },
    {
      name: "Sharpe",
      align: "right",
      cell: (row) => ratio(row.sharpe_ratio),
      sort: byDecimal((row) => row.sharpe_ratio),
    },
    {
      name: "Drawdown",
      minor: true,
      align: "right",
      cell: (row) => percent(row.max_drawdown),
      sort: byDecimal((row) => row.max_drawdown),
    },
    {
      name: "Trades",
      minor: true,
      align: "right",
      cell: (row) => row.total_trades ?? "–",
      sort: (row) => row.total_trades ?? 0,
    },
    {
      name: "State",
      cell: (row) =>
        isUnderWay(row) ? (
          <span className="progress-cell">
            <Bar part={Number(row.progress) * 0.79} label="Progress" />
            {Math.round(Number(row.progress) * 100)}%
          </span>
        ) : (
          <Status status={row.status_detail} />
        ),
    },
    { name: "Started", minor: true, cell: (row) => moment(row.created_at), sort: (row) => row.created_at },
  ];
}

export function RunList() {
  const mayTrade = useMay("trade");
  const isNew = useSearch("new") !== undefined;
  const [page, setPage] = useState(1);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const runs = useQuery({
    queryKey: [...KEYS.runs, "list", page],
    queryFn: ({ signal }) => platform.get("/v1/runs", { query: { page, per_page: PER_PAGE }, signal }),
    refetchInterval: (query) => (query.state.data?.data.some(isUnderWay) ? 2_000 : false),
    placeholderData: keepPreviousData,
  });
  const choose = (id: string) =>
    setChosen((now) =>
      now.includes(id) ? now.filter((one) => one !== id) : [...now, id].slice(-COMPARED_MAX),
    );
  return (
    <div className="page">
      <Panel
        title="Runs"
        layout="flush"
        actions={
          <>
            <button
              type="button"
              className="button small"
              disabled={chosen.length < 2}
              onClick={() => navigate(`/research?compare=${chosen.join(",")}`)}
            >
              Compare {chosen.length > 1 ? chosen.length : ""}
            </button>
            {mayTrade ? (
              <button
                type="button"
                className="button primary small"
                onClick={() => replaceSearch({ new: "1" })}
              >
                <Icon name="plus" size={14} /> New run
              </button>
            ) : null}
          </>
        }
      >
        <Loaded query={runs} lines={8}>
          {({ data, meta }) => (
            <>
              <Table
                label="Runs"
                columns={columnsOf(chosen, choose)}
                rows={data}
                keyOf={(row) => row.run_id}
                isChosen={(row) => chosen.includes(row.run_id)}
                empty={
                  <Empty icon="research" title="Nothing has been tested yet">
                    Start a backtest: it runs the same core that trades.
                  </Empty>
                }
              />
              <Pager page={page} perPage={PER_PAGE} total={meta.total_count} onPage={setPage} />
            </>
          )}
        </Loaded>
      </Panel>
      {isNew && mayTrade ? <NewRun onClose={() => replaceSearch({ new: undefined })} /> : null}
    </div>
  );
}
