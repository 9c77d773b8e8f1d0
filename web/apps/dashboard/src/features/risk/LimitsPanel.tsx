/** The limits that every order passes through the gate by. */
import { useState } from "react";
import { useMay } from "../../api/may.ts";
import type { PortfolioRisk } from "../../api/types.ts";
import { Bar } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Panel } from "../../ui/panel.tsx";
import { LimitsDialog } from "./LimitsDialog.tsx";
import { LIMITS, limitText } from "./limits.ts";

export function LimitsPanel({ risk }: { risk: PortfolioRisk }) {
  const mayControl = useMay("control");
  const [isChanging, setChanging] = useState(false);
  const change = mayControl ? (
    <button type="button" className="button small" onClick={() => setChanging(true)}>
      <Icon name="edit" size={13} /> Change limits
    </button>
  ) : null;
  return (
    <Panel title="Limits" actions={change}>
      <dl className="limits">
        {LIMITS.map(({ name, label, form, used }) => {
          const limit = risk.limits[name];
          return (
            <div key={name}>
              <dt>{label}</dt>
              <dd className={limit === null ? "faint" : ""}>{limitText(limit, form, risk.currency)}</dd>
              {limit !== null && used ? <Bar part={used(risk)} label={`${label}, part used`} /> : null}
            </div>
          );
        })}
      </dl>
      {isChanging ? <LimitsDialog risk={risk} onClose={() => setChanging(false)} /> : null}
    </Panel>
  );
}
