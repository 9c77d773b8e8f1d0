/** One dataset: its prices, its holes, what its validation saw. */
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { KEYS } from "../../api/keys.ts";
import { useMay } from "../../api/may.ts";
import { price } from "../../format/amounts.ts";
import { day } from "../../format/moments.ts";
import { sentence } from "../../format/words.ts";
import { Confirm } from "../../ui/dialog.tsx";
import { Figure } from "../../ui/figures.tsx";
import { Loaded, Panel } from "../../ui/panel.tsx";
import { secondsOf } from "../../ui/points.ts";
import { navigate } from "../../ui/router.tsx";
import { TimeChart } from "../../ui/TimeChart.tsx";
import { say } from "../../ui/toasts.tsx";
import { type Bar, type DatasetDetail, removeDataset, useBars, useDataset } from "./datasets.ts";

const chartPrice = (value: number): string => price(value.toFixed(4));

export function DatasetPanel({ id }: { id: string }) {
  const dataset = useDataset(id);
  return <Loaded query={dataset}>{(data) => <Shown data={data} />}</Loaded>;
}

function Shown({ data }: { data: DatasetDetail }) {
  const client = useQueryClient();
  const mayTrade = useMay("trade");
  const bars = useBars(data.dataset_id, data.kind);
  const [isRemoving, setRemoving] = useState(false);
  const { coverage, quality } = data;
  return (
    <div className="cols side">
      <Panel
        title={data.dataset_id}
        note={`${data.rows.toLocaleString("en")} rows, ${day(data.start)} – ${day(data.end)}`}
        actions={
          mayTrade && !data.is_packaged ? (
            <button type="button" className="button small" onClick={() => setRemoving(true)}>
              Delete
            </button>
          ) : null
        }
      >
        {data.kind === "bars" ? (
          <Loaded query={bars}>{(rows) => <Prices bars={rows} />}</Loaded>
        ) : (
          <p>{data.source}</p>
        )}
      </Panel>
      <Panel title="Quality">
        <div className="stack">
          <div className="figures">
            <Figure
              label="Validation"
              value={sentence(quality.status)}
              tone={quality.status === "clean" ? "gain" : "warn"}
            />
            <Figure
              label="Missing bars"
              value={coverage.missing.toLocaleString("en")}
              more={coverage.calendar ?? undefined}
            />
            <Figure label="Gaps" value={coverage.gap_count.toLocaleString("en")} />
          </div>
          <ul className="stack tight small">
            {quality.findings.slice(0, 6).map((finding) => (
              <li key={`${finding.line}-${finding.code}`} className="dim">
                {finding.line ? `Line ${finding.line}: ` : ""}
                {finding.message}
              </li>
            ))}
            {coverage.gaps.slice(0, 5).map((gap) => (
              <li key={gap.after} className="dim">
                {gap.missing} missing after {day(gap.after)}
              </li>
            ))}
          </ul>
          <dl className="pairs">
            <div>
              <dt>Source</dt>
              <dd>{data.source || "–"}</dd>
            </div>
            <div>
              <dt>Digest</dt>
              <dd className="mono" title={data.digest}>
                {data.digest.slice(0, 12)}…
              </dd>
            </div>
          </dl>
        </div>
      </Panel>
      {isRemoving ? (
        <Confirm
          title={`Delete ${data.dataset_id}?`}
          action="Delete"
          run={async () => {
            await removeDataset(data.dataset_id);
            say("Deleted");
            navigate("/catalog");
            void client.invalidateQueries({ queryKey: KEYS.catalog });
          }}
          onClose={() => setRemoving(false)}
        >
          <p>Runs that used it keep their results.</p>
        </Confirm>
      ) : null}
    </div>
  );
}

function Prices({ bars }: { bars: readonly Bar[] }) {
  const series = useMemo(
    () => [
      {
        name: "Close",
        tone: "accent" as const,
        form: "area" as const,
        points: bars.map((bar) => ({ time: secondsOf(bar.timestamp), value: Number(bar.close) })),
      },
    ],
    [bars],
  );
  return <TimeChart label="Closing prices" series={series} height={280} format={chartPrice} />;
}
