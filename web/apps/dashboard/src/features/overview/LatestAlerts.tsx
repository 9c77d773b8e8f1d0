/** What nobody has acknowledged yet, newest first. */
import { useAlerts } from "../../api/queries.ts";
import { ago } from "../../format/moments.ts";
import { capital } from "../../format/words.ts";
import { useNow } from "../../live/clock.ts";
import { Status } from "../../ui/figures.tsx";
import { Empty, Loaded, Panel } from "../../ui/panel.tsx";
import { Link } from "../../ui/router.tsx";

export function LatestAlerts() {
  const alerts = useAlerts({ acknowledged: false, perPage: 8 });
  const now = useNow();
  return (
    <Panel title="Alerts" layout="flush" actions={<Link href="/alerts">Inbox</Link>}>
      <Loaded query={alerts}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty icon="check" title="All clear">
              Nothing waits for you.
            </Empty>
          ) : (
            <ul className="feed">
              {data.map((alert) => (
                <li key={alert.alert_id}>
                  <div className="row between">
                    <Status status={alert.severity} />
                    <time className="faint" dateTime={alert.created_at}>
                      {ago(alert.created_at, now)}
                    </time>
                  </div>
                  <p>{capital(alert.message)}</p>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  );
}
