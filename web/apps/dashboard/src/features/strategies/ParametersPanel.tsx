/** The parameters of a strategy; those that may change while it runs can be changed at once. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { platform } from "../../api/client.ts";
import { KEYS } from "../../api/keys.ts";
import { useMay } from "../../api/may.ts";
import { useKinds } from "../../api/queries.ts";
import type { Parameter, Strategy } from "../../api/types.ts";
import { ParameterFields } from "../../ui/ParameterFields.tsx";
import { Loaded, messageOf, Panel } from "../../ui/panel.tsx";
import { configOf, type Values, valuesOf, wrongWith } from "../../ui/parameters.ts";
import { say } from "../../ui/toasts.tsx";

export function ParametersPanel({ strategy }: { strategy: Strategy }) {
  const kinds = useKinds();
  return (
    <Panel title="Parameters">
      <Loaded query={kinds}>
        {(list) => (
          <Form
            strategy={strategy}
            parameters={list.find(({ kind }) => kind === strategy.kind)?.parameters ?? []}
          />
        )}
      </Loaded>
    </Panel>
  );
}

function Form({ strategy, parameters }: { strategy: Strategy; parameters: readonly Parameter[] }) {
  const client = useQueryClient();
  const mayTrade = useMay("trade");
  const before = valuesOf(parameters, strategy.config);
  const [values, setValues] = useState<Values>(before);
  const [error, setError] = useState<string>();
  const changed = parameters.filter(({ name }) => values[name] !== before[name]);
  const isWrong = changed.some((parameter) => wrongWith(parameter, values[parameter.name] ?? ""));
  const isRunning = strategy.run_state === "running" || strategy.run_state === "paused";
  const save = async () => {
    setError(undefined);
    try {
      const { message } = await platform.patch("/v1/strategies/{strategy_id}", {
        path: { strategy_id: strategy.strategy_id },
        ifMatch: `"${strategy.revision}"`,
        body: { config: configOf(changed, values) },
      });
      say(message);
    } catch (problem) {
      setError(messageOf(problem));
    }
    void client.invalidateQueries({ queryKey: KEYS.strategies });
  };
  return (
    <form
      className="stack"
      aria-label="Parameters"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <ParameterFields
        parameters={parameters}
        values={values}
        onChange={setValues}
        isRunning={isRunning}
        isReadOnly={!mayTrade}
      />
      {error ? (
        <div className="note-box bad" role="alert">
          {error}
        </div>
      ) : null}
      {mayTrade ? (
        <div className="row end">
          <button
            type="button"
            className="button quiet"
            disabled={changed.length === 0}
            onClick={() => setValues(before)}
          >
            Reset
          </button>
          <button type="submit" className="button primary" disabled={changed.length === 0 || isWrong}>
            Save
          </button>
        </div>
      ) : null}
    </form>
  );
}
