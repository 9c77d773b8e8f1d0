/** Orders are cancelled when this page is gone for too long. */
import { useState } from "react";
import { useMay } from "../../api/may.ts";
import { useNow } from "../../live/clock.ts";
import { arm, disarm, useDeadMan } from "../../live/deadMan.ts";
import { Segments } from "../../ui/form.tsx";
import { Panel } from "../../ui/panel.tsx";
import { tell } from "../../ui/toasts.tsx";

const TIMES = (["30", "60", "300"] as const).map((value) => ({ value, label: `${value} s` }));

export function DeadManPanel() {
  const state = useDeadMan();
  const now = useNow();
  const mayTrade = useMay("trade");
  const [seconds, setSeconds] = useState<(typeof TIMES)[number]["value"]>("60");
  const left = Math.max(0, Math.round(state.timeoutS - (now - state.renewedAt) / 1000));
  return (
    <Panel title="Dead man's switch">
      <div className="stack">
        <p className="dim small">
          While it is armed, this page tells the server that you are there. Should it go silent, all your
          working orders are cancelled.
        </p>
        {state.timeoutS > 0 ? (
          <div className="row between">
            <span className="badge warned">
              <span className="dot" /> Armed, {left} s left
            </span>
            <button type="button" className="button small" onClick={() => tell(disarm(), "Switched off")}>
              Switch off
            </button>
          </div>
        ) : mayTrade ? (
          <div className="row between">
            <Segments
              label="Time without a sign of life"
              value={seconds}
              options={TIMES}
              onChange={setSeconds}
            />
            <button
              type="button"
              className="button small"
              onClick={() => tell(arm(Number(seconds)), "Armed")}
            >
              Arm
            </button>
          </div>
        ) : (
          <span className="badge">Off</span>
        )}
      </div>
    </Panel>
  );
}
