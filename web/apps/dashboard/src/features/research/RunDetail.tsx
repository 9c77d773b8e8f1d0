/** One run: how far it is, and then its tear sheet. */
import { useQueryClient } from "@tanstack/react-query";
import { platform } from "../../api/client.ts";
import { KEYS } from "../../api/keys.ts";
import { useMay } from "../../api/may.ts";
import type { Run } from "../../api/types.ts";
import { moment } from "../../format/moments.ts";
import { sentence } from "../../format/words.ts";
import { Bar, Status } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Bones, Failed, Panel } from "../../ui/panel.tsx";
import { Link } from "../../ui/router.tsx";
import { tell } from "../../ui/toasts.tsx";
import { StudyPanel } from "./StudyPanel.tsx";
import { TearSheet } from "./TearSheet.tsx";
import { isUnderWay, useRun } from "./useRun.ts";

export function RunDetail({ runId }: { runId: string }) {
  const run = useRun(runId);
  if (!run.data) return run.error ? <Failed error={run.error} retry={run.refetch} /> : <Bones lines={10} />;
  return (
    <div className="page">
      <Head run={run.data} />
      {isUnderWay(run.data) ? <Progress run={run.data} /> : null}
      {run.data.error ? (
        <div className="note-box bad" role="alert">
          {run.data.error}
        </div>
      ) : null}
      {run.data.study_result ? <StudyPanel result={run.data.study_result} /> : null}
      {run.data.status_detail === "COMPLETED" && run.data.equity_curve.length > 0 ? (
        <TearSheet run={run.data} />
      ) : null}
    </div>
  );
}

function Head({ run }: { run: Run }) {
  const parameters = Object.entries(run.parameters)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(", ");
  return (
    <div className="row between">
      <div className="stack tight">
        <div className="row">
          <Link href="/research">Research</Link>
          <span className="faint" aria-hidden="true">
            /
          </span>
          <h2 className="detail-title">
            {sentence(run.study ?? "backtest")}: {sentence(run.kind)} on {run.symbol}
          </h2>
          <Status status={run.status_detail} />
        </div>
        <p className="dim">
          {run.start_date} – {run.end_date} · {parameters || "usual parameters"} · started{" "}
          {moment(run.created_at)}
        </p>
      </div>
      {run.report_url ? (
        <a className="button" href={run.report_url} target="_blank" rel="noreferrer">
          <Icon name="open" size={15} /> Printable tear sheet
        </a>
      ) : null}
    </div>
  );
}

function Progress({ run }: { run: Run }) {
  const client = useQueryClient();
  const mayTrade = useMay("trade");
  const cancel = async () => {
    await tell(platform.post("/v1/runs/{run_id}/cancel", { path: { run_id: run.run_id } }), "Cancelled");
    void client.invalidateQueries({ queryKey: KEYS.runs });
  };
  const part = Number(run.progress);
  return (
    <Panel title={run.status_detail === "QUEUED" ? "Waiting for its turn" : "Running"}>
      <div className="row">
        <div className="grow">
          <Bar part={part * 0.79} label="Progress" />
        </div>
        <span>{Math.round(part * 100)}%</span>
        {mayTrade ? (
          <button type="button" className="button small" onClick={cancel}>
            Cancel
          </button>
        ) : null}
      </div>
    </Panel>
  );
}
