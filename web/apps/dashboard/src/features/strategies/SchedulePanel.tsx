/** When a strategy may take risk, by the clock of its exchange, and how much. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { KEYS } from "../../api/keys.ts";
import { useMay } from "../../api/may.ts";
import { terminal } from "../../api/terminal.ts";
import type { StrategyConfig } from "../../api/types.ts";
import { Check, Input } from "../../ui/form.tsx";
import { Loaded, messageOf, Panel } from "../../ui/panel.tsx";
import { say } from "../../ui/toasts.tsx";

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

export function SchedulePanel({ strategyId }: { strategyId: string }) {
  const config = useQuery({
    queryKey: [...KEYS.strategies, strategyId, "config"],
    queryFn: () => terminal.strategy(strategyId),
  });
  return (
    <Panel title="Schedule and limits">
      <Loaded query={config}>{(data) => <Form key={data.revision} config={data} />}</Loaded>
    </Panel>
  );
}

function Form({ config }: { config: StrategyConfig }) {
  const client = useQueryClient();
  const mayTrade = useMay("trade");
  const { schedule, risk_parameters: risk } = config;
  const [isOn, setOn] = useState(Boolean(schedule));
  const [start, setStart] = useState(schedule?.start_time ?? "09:30");
  const [end, setEnd] = useState(schedule?.end_time ?? "16:00");
  const [days, setDays] = useState<readonly number[]>(
    (schedule?.days_of_week ?? [1, 2, 3, 4, 5]).map(Number),
  );
  const [size, setSize] = useState(String(risk.max_position_size));
  const [stop, setStop] = useState(String(risk.stop_loss_percent));
  const [loss, setLoss] = useState(String(risk.max_daily_loss));
  const [error, setError] = useState<string>();
  const save = async () => {
    setError(undefined);
    try {
      await terminal.configure(config.id, {
        schedule: isOn ? { start_time: start, end_time: end, days_of_week: [...days] } : null,
        risk_parameters: {
          max_position_size: size || "0",
          stop_loss_percent: stop || "0",
          max_daily_loss: loss || "0",
        },
      });
      say("Schedule and limits saved");
    } catch (problem) {
      setError(messageOf(problem));
    }
    void client.invalidateQueries({ queryKey: KEYS.strategies });
  };
  return (
    <form
      className="stack"
      aria-label="Schedule and limits"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <fieldset className="plain stack" disabled={!mayTrade}>
        <Check
          label="Trade only at set hours"
          checked={isOn}
          onChange={(event) => setOn(event.target.checked)}
        />
        {isOn ? (
          <>
            <div className="fields">
              <Input
                label="From"
                type="time"
                value={start}
                onChange={(event) => setStart(event.target.value)}
              />
              <Input label="Until" type="time" value={end} onChange={(event) => setEnd(event.target.value)} />
            </div>
            <div className="row">
              {DAYS.map((name, day) => (
                <Check
                  key={name}
                  label={name}
                  checked={days.includes(day)}
                  onChange={(event) =>
                    setDays(event.target.checked ? [...days, day].sort() : days.filter((one) => one !== day))
                  }
                />
              ))}
            </div>
          </>
        ) : null}
        <div className="fields">
          <Input
            label="Largest position"
            numeric
            hint="Worth; 0 is none"
            value={size}
            onChange={(e) => setSize(e.target.value)}
          />
          <Input
            label="Stop loss, %"
            numeric
            hint="Of the entry; 0 is none"
            value={stop}
            onChange={(e) => setStop(e.target.value)}
          />
          <Input
            label="Daily loss"
            numeric
            hint="Stops it; 0 is none"
            value={loss}
            onChange={(e) => setLoss(e.target.value)}
          />
        </div>
      </fieldset>
      {error ? (
        <div className="note-box bad" role="alert">
          {error}
        </div>
      ) : null}
      {mayTrade ? (
        <div className="row end">
          <button type="submit" className="button primary">
            Save
          </button>
        </div>
      ) : null}
    </form>
  );
}
