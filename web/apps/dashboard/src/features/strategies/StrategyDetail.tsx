/** One strategy: how it is, how it does, how it is set, what it did. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { platform } from "../../api/client.ts";
import { KEYS } from "../../api/keys.ts";
import { useMay } from "../../api/may.ts";
import type { Strategy } from "../../api/types.ts";
import { moment } from "../../format/moments.ts";
import { sentence } from "../../format/words.ts";
import { Confirm } from "../../ui/dialog.tsx";
import { Status } from "../../ui/figures.tsx";
import { Bones, Failed } from "../../ui/panel.tsx";
import { Link, navigate } from "../../ui/router.tsx";
import { say } from "../../ui/toasts.tsx";
import { ActButtons } from "./ActButtons.tsx";
import { ActivityPanel } from "./ActivityPanel.tsx";
import { ParametersPanel } from "./ParametersPanel.tsx";
import { PerformancePanel } from "./PerformancePanel.tsx";
import { SchedulePanel } from "./SchedulePanel.tsx";

export function StrategyDetail({ strategyId }: { strategyId: string }) {
  const strategy = useQuery({
    queryKey: [...KEYS.strategies, strategyId],
    queryFn: async ({ signal }) => {
      const path = { strategy_id: strategyId };
      return (await platform.get("/v1/strategies/{strategy_id}", { path, signal })).data;
    },
    refetchInterval: 15_000,
  });
  if (!strategy.data) {
    return strategy.error ? <Failed error={strategy.error} retry={strategy.refetch} /> : <Bones lines={10} />;
  }
  return (
    <div className="page">
      <Head strategy={strategy.data} />
      {strategy.data.error ? <div className="note-box bad">Stopped itself: {strategy.data.error}</div> : null}
      <div className="cols side">
        <div className="stack">
          <PerformancePanel strategy={strategy.data} />
          <ActivityPanel strategyId={strategyId} />
        </div>
        <div className="stack">
          <ParametersPanel key={strategy.data.revision} strategy={strategy.data} />
          <SchedulePanel strategyId={strategyId} />
        </div>
      </div>
    </div>
  );
}

function Head({ strategy }: { strategy: Strategy }) {
  const mayTrade = useMay("trade");
  const client = useQueryClient();
  const [isRemoving, setRemoving] = useState(false);
  const { strategy_id, name, kind, symbols, timeframe, run_state, updated_at, revision } = strategy;
  return (
    <div className="row between">
      <div className="stack tight">
        <div className="row">
          <Link href="/strategies">Strategies</Link>
          <span className="faint" aria-hidden="true">
            /
          </span>
          <h2 className="detail-title">{name || strategy_id}</h2>
          <Status status={run_state} />
        </div>
        <p className="dim">
          {sentence(kind)} · {symbols.join(", ")} · {timeframe} bars · revision {revision},{" "}
          {moment(updated_at)}
        </p>
      </div>
      <div className="row">
        <ActButtons strategy={strategy} size="normal" />
        {mayTrade ? (
          <button type="button" className="button quiet" onClick={() => setRemoving(true)}>
            Remove
          </button>
        ) : null}
      </div>
      {isRemoving ? (
        <Confirm
          title={`Remove ${name || strategy_id}?`}
          action="Remove it"
          run={async () => {
            const { message } = await platform.delete("/v1/strategies/{strategy_id}", {
              path: { strategy_id },
            });
            say(message);
            void client.invalidateQueries({ queryKey: KEYS.strategies });
            navigate("/strategies");
          }}
          onClose={() => setRemoving(false)}
        >
          <p>It is stopped. Its positions and cash go to your manual ledger; its history stays.</p>
        </Confirm>
      ) : null}
    </div>
  );
}
