/** How the server is: its parts, this connection, and who did what. */

import { useMay } from "../../api/may.ts";
import { useHealth } from "../../api/queries.ts";
import { clock } from "../../format/moments.ts";
import { fact, sentence } from "../../format/words.ts";
import { useJourney, useLine } from "../../live/stream.ts";
import { Figure, Status } from "../../ui/figures.tsx";
import { Loaded, Panel } from "../../ui/panel.tsx";
import { AuditPanel } from "./AuditPanel.tsx";

export default function SystemPage() {
  const health = useHealth();
  const isAdmin = useMay("admin");
  return (
    <div className="page">
      <Loaded query={health} lines={6}>
        {(data) => (
          <Panel title="Services" actions={<Status status={data.status} />}>
            <div className="cards">
              {Object.entries(data.services).map(([name, service]) => (
                <Service key={name} name={name} service={service as Record<string, unknown>} />
              ))}
            </div>
          </Panel>
        )}
      </Loaded>
      <ConnectionPanel />
      {isAdmin ? <AuditPanel /> : null}
    </div>
  );
}

function Service({ name, service }: { name: string; service: Readonly<Record<string, unknown>> }) {
  const { status, ...rest } = service;
  return (
    <article className="service" aria-label={sentence(name)}>
      <div className="row between">
        <h3>{sentence(name)}</h3>
        <Status status={String(status)} />
      </div>
      <dl className="pairs">
        {Object.entries(rest).map(([key, value]) => {
          const { label, text } = fact(key, isInstant(value) ? clock(value) : value);
          return (
            <div key={key}>
              <dt>{label}</dt>
              <dd title={String(value)}>{text}</dd>
            </div>
          );
        })}
      </dl>
    </article>
  );
}

const isInstant = (value: unknown): value is string =>
  typeof value === "string" && /^\d{4}-\d\d-\d\dT.*Z$/.test(value);

function ConnectionPanel() {
  const line = useLine();
  const { reconnects, gaps, lastSeq } = useJourney();
  return (
    <Panel
      title="This connection"
      note="Events of your account are numbered; a missing number would show here"
    >
      <div className="figures">
        <Figure label="Line" value={sentence(line)} tone={line === "live" ? "gain" : "loss"} />
        <Figure label="Last event" value={lastSeq === null ? "None yet" : `#${lastSeq}`} />
        <Figure label="Reconnects" value={reconnects} />
        <Figure label="Events missed" value={gaps} tone={gaps ? "loss" : ""} />
        <Figure
          label="API"
          value={
            <a href="/docs" target="_blank" rel="noreferrer">
              Reference
            </a>
          }
        />
      </div>
    </Panel>
  );
}
