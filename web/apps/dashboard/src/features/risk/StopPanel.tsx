/** Kill switches and the emergency stop: never a slip of the finger, never more than a word away. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { platform } from "../../api/client.ts";
import { KEYS } from "../../api/keys.ts";
import { useMay } from "../../api/may.ts";
import { useStrategies, useSwitches } from "../../api/queries.ts";
import { terminal } from "../../api/terminal.ts";
import type { KillSwitch } from "../../api/types.ts";
import { moment } from "../../format/moments.ts";
import { sentence } from "../../format/words.ts";
import { Confirm } from "../../ui/dialog.tsx";
import { Check, Input, Select } from "../../ui/form.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Loaded, Panel } from "../../ui/panel.tsx";
import { say } from "../../ui/toasts.tsx";

type Asking = { what: "latch" | "stop" } | { what: "release"; one: KillSwitch };

export function StopPanel() {
  const switches = useSwitches();
  const mayControl = useMay("control");
  const [asking, setAsking] = useState<Asking>();
  const close = () => setAsking(undefined);
  return (
    <Panel title="Kill switches">
      <div className="stack">
        <Loaded query={switches} lines={2}>
          {(list) =>
            list.length === 0 ? (
              <div className="row" data-testid="trading-allowed">
                <span className="badge good">
                  <span className="dot" /> Trading is allowed
                </span>
              </div>
            ) : (
              <ul className="stack tight">
                {list.map((one) => (
                  <li key={`${one.scope}-${one.strategy_id}`} className="note-box bad">
                    <div className="grow">
                      <strong>
                        {one.scope === "STRATEGY" ? one.strategy_id : `${sentence(one.scope)} stop`}
                      </strong>
                      <div className="faint-on-tint">
                        {one.reason || "No reason given"} · {moment(one.activated_at)}
                      </div>
                    </div>
                    {mayControl ? (
                      <button
                        type="button"
                        className="button small"
                        onClick={() => setAsking({ what: "release", one })}
                      >
                        Release
                      </button>
                    ) : null}
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
        {mayControl ? (
          <>
            <button type="button" className="button wide" onClick={() => setAsking({ what: "latch" })}>
              <Icon name="pause" size={15} /> Latch a kill switch
            </button>
            <button
              type="button"
              className="button danger large wide"
              onClick={() => setAsking({ what: "stop" })}
            >
              <Icon name="stop" size={16} /> Emergency stop
            </button>
          </>
        ) : null}
      </div>
      {asking?.what === "latch" ? <LatchDialog onClose={close} /> : null}
      {asking?.what === "stop" ? <EmergencyDialog onClose={close} /> : null}
      {asking?.what === "release" ? <ReleaseDialog one={asking.one} onClose={close} /> : null}
    </Panel>
  );
}

function useRenew(): () => void {
  const client = useQueryClient();
  return () => {
    for (const queryKey of [KEYS.switches, KEYS.strategies, KEYS.orders, KEYS.positions, KEYS.risk])
      void client.invalidateQueries({ queryKey });
  };
}

function LatchDialog({ onClose }: { onClose: () => void }) {
  const renew = useRenew();
  const { data: strategies = [] } = useStrategies();
  const [strategyId, setStrategyId] = useState("");
  const [reason, setReason] = useState("");
  const run = async () => {
    const { message, data } = await platform.post("/v1/controls/kill-switch", {
      body: { action: "activate", reason, ...(strategyId ? { strategy_id: strategyId } : {}) },
    });
    say(`${message}; ${data.canceled_orders} orders cancelled`, "warned");
    renew();
  };
  return (
    <Confirm title="Latch a kill switch" action="Stop trading" typed="STOP" run={run} onClose={onClose}>
      <p>Working orders are cancelled and new ones refused, but for those that only reduce positions.</p>
      <Select
        label="What to stop"
        value={strategyId}
        options={[
          { value: "", label: "All trading within your reach" },
          ...strategies.map(({ strategy_id, name }) => ({ value: strategy_id, label: name || strategy_id })),
        ]}
        onChange={(event) => setStrategyId(event.target.value)}
      />
      <Input label="Reason" value={reason} onChange={(event) => setReason(event.target.value)} />
    </Confirm>
  );
}

function EmergencyDialog({ onClose }: { onClose: () => void }) {
  const renew = useRenew();
  const [isFlattened, setFlattened] = useState(false);
  const [reason, setReason] = useState("");
  const run = async () => {
    const stopped = await terminal.emergencyStop({ flatten: isFlattened, reason });
    say(
      `Stopped: ${stopped.canceled_orders} orders cancelled, ${stopped.closing_orders.length} positions closing`,
      "warned",
    );
    renew();
  };
  return (
    <Confirm title="Emergency stop" action="Stop everything" typed="STOP" run={run} onClose={onClose}>
      <p>Latches the kill switch, stops all strategies within your reach and cancels every working order.</p>
      <Check
        label="Also close every position at the market"
        checked={isFlattened}
        onChange={(event) => setFlattened(event.target.checked)}
      />
      <Input label="Reason" value={reason} onChange={(event) => setReason(event.target.value)} />
    </Confirm>
  );
}

function ReleaseDialog({ one, onClose }: { one: KillSwitch; onClose: () => void }) {
  const renew = useRenew();
  const [reason, setReason] = useState("");
  const [code, setCode] = useState("");
  const run = async () => {
    const { message } = await platform.post("/v1/controls/kill-switch", {
      body: {
        action: "deactivate",
        reason,
        mfa_token: code,
        ...(one.strategy_id ? { strategy_id: one.strategy_id } : {}),
        ...(one.account_id ? { account_id: one.account_id } : {}),
      },
    });
    say(message);
    renew();
  };
  return (
    <Confirm
      title="Release the kill switch?"
      action="Allow trading"
      typed="RELEASE"
      run={run}
      onClose={onClose}
    >
      <p>New orders pass again. Strategies that were stopped stay stopped until they are started.</p>
      <Input label="Reason" value={reason} onChange={(event) => setReason(event.target.value)} />
      <Input
        label="Code of your second factor, where you have one"
        inputMode="numeric"
        autoComplete="one-time-code"
        value={code}
        onChange={(event) => setCode(event.target.value)}
      />
    </Confirm>
  );
}
