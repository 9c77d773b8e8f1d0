/** Recorded data: what there is to test on, and how good it is. */
import { useState } from "react";
import { useMay } from "../../api/may.ts";
import { compact } from "../../format/amounts.ts";
import { day } from "../../format/moments.ts";
import { Icon } from "../../ui/icons.tsx";
import { Empty, Loaded, Panel } from "../../ui/panel.tsx";
import { Link, usePath } from "../../ui/router.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { DatasetPanel } from "./DatasetPanel.tsx";
import { type Dataset, useDatasets } from "./datasets.ts";
import { UploadDialog } from "./UploadDialog.tsx";

const COLUMNS: readonly Column<Dataset>[] = [
  {
    name: "Dataset",
    cell: (row) => <Link href={`/catalog/${encodeURIComponent(row.dataset_id)}`}>{row.dataset_id}</Link>,
    sort: (row) => row.dataset_id,
  },
  { name: "Symbol", minor: true, cell: (row) => row.symbol, sort: (row) => row.symbol },
  {
    name: "Holds",
    cell: (row) => <span className="dim">{row.timeframe ? `${row.timeframe} bars` : row.kind}</span>,
  },
  { name: "Rows", align: "right", cell: (row) => row.rows.toLocaleString("en"), sort: (row) => row.rows },
  { name: "From", minor: true, cell: (row) => day(row.start), sort: (row) => row.start },
  { name: "Until", minor: true, cell: (row) => day(row.end), sort: (row) => row.end },
  { name: "Licence", minor: true, cell: (row) => <span className="dim">{row.licence || "–"}</span> },
  {
    name: "Origin",
    cell: (row) => (
      <span className={`badge ${row.is_packaged ? "info" : ""}`}>
        {row.is_packaged ? "Ships along" : "Yours"}
      </span>
    ),
  },
];

export default function CatalogPage() {
  const datasets = useDatasets();
  const mayTrade = useMay("trade");
  const [isAdding, setAdding] = useState(false);
  const chosen = usePath().split("/")[2];
  const total = datasets.data?.reduce((sum, one) => sum + one.rows, 0) ?? 0;
  return (
    <div className="page">
      <Panel
        title="Datasets"
        layout="flush"
        note={datasets.data ? `${compact(total)} rows in all` : undefined}
        actions={
          mayTrade ? (
            <button type="button" className="button small" onClick={() => setAdding(true)}>
              <Icon name="plus" size={14} /> Bring data
            </button>
          ) : null
        }
      >
        <Loaded query={datasets}>
          {(rows) => (
            <Table
              label="Datasets"
              columns={COLUMNS}
              rows={rows}
              keyOf={(row) => row.dataset_id}
              isChosen={(row) => row.dataset_id === chosen}
              empty={
                <Empty icon="catalog" title="No data yet">
                  Bring a CSV or Parquet file of bars.
                </Empty>
              }
            />
          )}
        </Loaded>
      </Panel>
      {chosen ? <DatasetPanel key={chosen} id={decodeURIComponent(chosen)} /> : null}
      {isAdding ? <UploadDialog onClose={() => setAdding(false)} /> : null}
    </div>
  );
}
