/** What could go wrong, how much of it is allowed, and the ways to stop it. */
import { useMay } from "../../api/may.ts";
import { useRisk } from "../../api/queries.ts";
import { Loaded } from "../../ui/panel.tsx";
import { ApprovalsPanel } from "./ApprovalsPanel.tsx";
import { DeadManPanel } from "./DeadManPanel.tsx";
import { ExposurePanel } from "./ExposurePanel.tsx";
import { LimitsPanel } from "./LimitsPanel.tsx";
import { PositionRisksPanel } from "./PositionRisksPanel.tsx";
import { StopPanel } from "./StopPanel.tsx";
import { VarPanel } from "./VarPanel.tsx";

export default function RiskPage() {
  const risk = useRisk();
  const isAdmin = useMay("admin");
  return (
    <div className="page">
      <div className="cols side">
        <div className="stack">
          <Loaded query={risk} lines={8}>
            {(data) => (
              <>
                <ExposurePanel risk={data} />
                <LimitsPanel risk={data} />
              </>
            )}
          </Loaded>
          <PositionRisksPanel />
        </div>
        <div className="stack urgent">
          <StopPanel />
          <DeadManPanel />
          {risk.data ? <VarPanel risk={risk.data} /> : null}
        </div>
      </div>
      {isAdmin ? <ApprovalsPanel /> : null}
    </div>
  );
}
