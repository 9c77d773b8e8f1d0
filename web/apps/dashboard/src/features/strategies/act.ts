/** Starting, pausing and stopping. */
import { useQueryClient } from "@tanstack/react-query";
import { platform } from "../../api/client.ts";
import { KEYS } from "../../api/keys.ts";
import type { StrategyRow } from "../../api/types.ts";
import { say, tell } from "../../ui/toasts.tsx";

export type Act = "start" | "pause" | "resume" | "stop";

/** What may be done with a strategy as it is. */
export const ACTS: Readonly<Record<StrategyRow["run_state"], readonly Act[]>> = {
  running: ["pause", "stop"],
  paused: ["resume", "stop"],
  stopped: ["start"],
  error: ["start"],
};

const PATHS = {
  start: "/v1/strategies/{strategy_id}/start",
  pause: "/v1/strategies/{strategy_id}/pause",
  resume: "/v1/strategies/{strategy_id}/resume",
  stop: "/v1/strategies/{strategy_id}/stop",
} as const;

/** Give a function that does one of the acts and says how it went. */
export function useAct(): (strategyId: string, act: Act) => Promise<void> {
  const client = useQueryClient();
  return async (strategyId, act) => {
    const answer = await tell(platform.put(PATHS[act], { path: { strategy_id: strategyId } }));
    if (answer) say(answer.message);
    for (const queryKey of [KEYS.strategies, KEYS.orders]) void client.invalidateQueries({ queryKey });
  };
}
