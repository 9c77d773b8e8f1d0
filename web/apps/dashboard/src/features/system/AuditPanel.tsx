/** Who did what: a chain of entries that nobody can change unseen. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { platform } from "../../api/client.ts";
import { KEYS } from "../../api/keys.ts";
import type { AuditEntry } from "../../api/types.ts";
import { moment } from "../../format/moments.ts";
import { Empty, Loaded, Panel } from "../../ui/panel.tsx";
import { type Column, Pager, Table } from "../../ui/table.tsx";

const PER_PAGE = 15;
const COLUMNS: readonly Column<AuditEntry>[] = [
  { name: "No.", minor: true, align: "right", cell: (row) => <span className="faint">{row.sequence}</span> },
  { name: "Time", cell: (row) => moment(row.time) },
  { name: "Who", cell: (row) => <span className="mono">{row.actor || "–"}</span> },
  { name: "Action", cell: (row) => row.action },
  { name: "On", minor: true, cell: (row) => <span className="dim clip">{row.subject}</span> },
  { name: "From", minor: true, cell: (row) => <span className="dim">{row.client_ip}</span> },
  {
    name: "Outcome",
    cell: (row) => (
      <span className={`badge ${row.outcome === "done" ? "good" : "warned"}`}>{row.outcome}</span>
    ),
  },
];

export function AuditPanel() {
  const [page, setPage] = useState(1);
  const audit = useQuery({
    queryKey: [...KEYS.audit, page],
    queryFn: ({ signal }) => platform.get("/v1/audit", { query: { page, per_page: PER_PAGE }, signal }),
    placeholderData: keepPreviousData,
  });
  return (
    <Panel title="Audit log" layout="flush">
      <Loaded query={audit} lines={8}>
        {({ data, meta }) => (
          <>
            <Table
              label="Audit log"
              columns={COLUMNS}
              rows={data}
              keyOf={(row) => String(row.sequence)}
              empty={<Empty icon="system" title="Nothing has been done yet" />}
            />
            <Pager page={page} perPage={PER_PAGE} total={meta.total_count} onPage={setPage} />
          </>
        )}
      </Loaded>
    </Panel>
  );
}
