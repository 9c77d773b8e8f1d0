/** The account at a glance: what it is worth, what it holds, how it does, what wants attention. */
import { Equity } from "./Equity.tsx";
import { Holdings } from "./Holdings.tsx";
import { LatestAlerts } from "./LatestAlerts.tsx";
import { Performance } from "./Performance.tsx";
import { Running } from "./Running.tsx";

export default function OverviewPage() {
  return (
    <div className="page">
      <Equity />
      <div className="cols side">
        <div className="stack">
          <Holdings />
          <Running />
        </div>
        <LatestAlerts />
      </div>
      <Performance />
    </div>
  );
}
