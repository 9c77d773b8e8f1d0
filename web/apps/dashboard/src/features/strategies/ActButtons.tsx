/** The buttons of a strategy: only those that make sense now, only for those who may. */
import { useState } from "react";
import { useMay } from "../../api/may.ts";
import type { StrategyRow } from "../../api/types.ts";
import { sentence } from "../../format/words.ts";
import { Icon, type IconName } from "../../ui/icons.tsx";
import { ACTS, type Act, useAct } from "./act.ts";

const ICONS: Readonly<Record<Act, IconName>> = {
  start: "play",
  resume: "play",
  pause: "pause",
  stop: "stop",
};

export function ActButtons({ strategy, size }: { strategy: StrategyRow; size: "small" | "normal" }) {
  const mayTrade = useMay("trade");
  const act = useAct();
  const [isBusy, setBusy] = useState(false);
  if (!mayTrade) return null;
  const run = async (what: Act) => {
    setBusy(true);
    await act(strategy.strategy_id, what);
    setBusy(false);
  };
  return (
    <>
      {ACTS[strategy.run_state].map((what) => (
        <button
          key={what}
          type="button"
          className={`button ${size === "small" ? "small" : ""} ${what === "start" || what === "resume" ? "primary" : ""}`}
          disabled={isBusy}
          onClick={() => run(what)}
        >
          <Icon name={ICONS[what]} size={14} /> {sentence(what)}
        </button>
      ))}
    </>
  );
}
