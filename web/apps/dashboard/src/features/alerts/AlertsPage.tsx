/** The inbox: what happened, how bad it was, who has seen it. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { platform } from "../../api/client.ts";
import { KEYS } from "../../api/keys.ts";
import { useMay } from "../../api/may.ts";
import { type AlertsAsked, useAlerts } from "../../api/queries.ts";
import type { Alert } from "../../api/types.ts";
import { ago, moment } from "../../format/moments.ts";
import { capital, fact, sentence } from "../../format/words.ts";
import { useNow } from "../../live/clock.ts";
import { Status } from "../../ui/figures.tsx";
import { Segments } from "../../ui/form.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Empty, Loaded, Panel } from "../../ui/panel.tsx";
import { Pager } from "../../ui/table.tsx";
import { say, tell } from "../../ui/toasts.tsx";

const SEEN = [
  { value: "new" as const, label: "New" },
  { value: "all" as const, label: "All" },
];
const SEVERITIES = (["", "INFO", "WARNING", "ERROR", "CRITICAL"] as const).map((value) => ({
  value,
  label: value ? sentence(value) : "Any",
}));
const PER_PAGE = 20;

export default function AlertsPage() {
  const client = useQueryClient();
  const mayTrade = useMay("trade");
  const isAdmin = useMay("admin");
  const [seen, setSeen] = useState<"new" | "all">("new");
  const [severity, setSeverity] = useState<(typeof SEVERITIES)[number]["value"]>("");
  const [page, setPage] = useState(1);
  const asked: AlertsAsked = {
    page,
    perPage: PER_PAGE,
    ...(seen === "new" ? { acknowledged: false } : {}),
    ...(severity ? { severity } : {}),
  };
  const alerts = useAlerts(asked);
  const renew = () => client.invalidateQueries({ queryKey: KEYS.alerts });
  const acknowledge = async (shown: readonly Alert[]) => {
    const calls = shown.map(({ alert_id }) =>
      platform.patch("/v1/alerts/{alert_id}/acknowledge", { path: { alert_id } }),
    );
    await tell(Promise.all(calls), shown.length > 1 ? `${shown.length} alerts acknowledged` : undefined);
    await renew();
  };
  const test = async () => {
    const answer = await tell(platform.post("/v1/alerts/test", { body: { severity: "WARNING" } }));
    if (answer) say(`Sent to ${answer.channels.join(", ") || "nobody: no channel is set up"}`);
    await renew();
  };
  const fresh = (alerts.data?.data ?? []).filter(({ acknowledged }) => !acknowledged);
  return (
    <div className="page">
      <Panel
        title="Inbox"
        layout="flush"
        actions={
          <>
            <Segments
              label="Which alerts"
              value={seen}
              options={SEEN}
              onChange={(value) => {
                setPage(1);
                setSeen(value);
              }}
            />
            <select
              className="select slim"
              aria-label="Severity"
              value={severity}
              onChange={(event) => {
                setPage(1);
                setSeverity(SEVERITIES.find(({ value }) => value === event.target.value)?.value ?? "");
              }}
            >
              {SEVERITIES.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
            {isAdmin ? (
              <button type="button" className="button small" onClick={test}>
                Send a test
              </button>
            ) : null}
            {mayTrade ? (
              <button
                type="button"
                className="button small"
                disabled={fresh.length === 0}
                onClick={() => acknowledge(fresh)}
              >
                <Icon name="check" size={13} /> Acknowledge {fresh.length} shown
              </button>
            ) : null}
          </>
        }
      >
        <Loaded query={alerts} lines={8}>
          {({ data, meta }) =>
            data.length === 0 ? (
              <Empty icon="check" title="All clear">
                Nothing waits for you.
              </Empty>
            ) : (
              <>
                <ul className="inbox">
                  {data.map((alert) => (
                    <Row
                      key={alert.alert_id}
                      alert={alert}
                      acknowledge={mayTrade ? acknowledge : undefined}
                    />
                  ))}
                </ul>
                <Pager page={page} perPage={PER_PAGE} total={meta.total_count} onPage={setPage} />
              </>
            )
          }
        </Loaded>
      </Panel>
    </div>
  );
}

interface RowProps {
  readonly alert: Alert;
  readonly acknowledge: ((alerts: readonly Alert[]) => void) | undefined;
}

function Row({ alert, acknowledge }: RowProps) {
  const now = useNow();
  const context = Object.entries(alert.context);
  return (
    <li className={alert.acknowledged ? "seen" : ""}>
      <Status status={alert.severity} />
      <div>
        <p>{capital(alert.message)}</p>
        <div className="faint">
          {sentence(alert.code)}
          {context
            .map(([name, value]) => fact(name, value))
            .map(({ label, text }) => ` · ${label.toLowerCase()} ${text}`)}
        </div>
      </div>
      <time className="faint" dateTime={alert.created_at} title={moment(alert.created_at)}>
        {ago(alert.created_at, now)}
      </time>
      {alert.acknowledged ? (
        <span className="badge">Seen</span>
      ) : acknowledge ? (
        <button type="button" className="button small" onClick={() => acknowledge([alert])}>
          Acknowledge
        </button>
      ) : (
        <span />
      )}
    </li>
  );
}
