/** Setting up a strategy: what kind, where, with what. */
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { platform } from "../../api/client.ts";
import { KEYS } from "../../api/keys.ts";
import { useInstruments, useKinds } from "../../api/queries.ts";
import type { Instrument, StrategyKind, StrategyRequest } from "../../api/types.ts";
import { sentence } from "../../format/words.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Check, Input, Select } from "../../ui/form.tsx";
import { ParameterFields } from "../../ui/ParameterFields.tsx";
import { Loaded, messageOf } from "../../ui/panel.tsx";
import { configOf, type Values, valuesOf, wrongWith } from "../../ui/parameters.ts";
import { navigate } from "../../ui/router.tsx";
import { say } from "../../ui/toasts.tsx";

const FRAMES = ["1s", "5s", "1m", "5m", "15m", "1h", "1d"];

export function NewStrategy({ onClose }: { onClose: () => void }) {
  const kinds = useKinds();
  const { data: instruments = [] } = useInstruments();
  return (
    <Dialog title="New strategy" size="wide" onClose={onClose}>
      <Loaded query={kinds}>
        {(list) => <Form kinds={list} instruments={instruments} onClose={onClose} />}
      </Loaded>
    </Dialog>
  );
}

interface FormProps {
  readonly kinds: readonly StrategyKind[];
  readonly instruments: readonly Instrument[];
  readonly onClose: () => void;
}

function Form({ kinds, instruments, onClose }: FormProps) {
  const client = useQueryClient();
  const [kindName, setKindName] = useState(
    kinds.find(({ kind }) => kind === "sma_cross")?.kind ?? kinds[0]?.kind ?? "",
  );
  const kind = kinds.find((one) => one.kind === kindName);
  const parameters = kind?.parameters ?? [];
  const [values, setValues] = useState<Values>(() => valuesOf(parameters));
  const [name, setName] = useState("");
  const [symbols, setSymbols] = useState<readonly string[]>(["BTC/USD"]);
  const [timeframe, setTimeframe] = useState("1m");
  const [capital, setCapital] = useState("");
  const [isStarted, setStarted] = useState(true);
  const [error, setError] = useState<string>();
  const isWrong = parameters.some((parameter) => wrongWith(parameter, values[parameter.name] ?? ""));

  const choose = (next: string) => {
    setKindName(next);
    setValues(valuesOf(kinds.find((one) => one.kind === next)?.parameters ?? []));
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setError(undefined);
    try {
      const { data, message } = await platform.post("/v1/strategies", {
        body: {
          kind: kindName,
          symbols: [...symbols],
          timeframe: timeframe as StrategyRequest["timeframe"],
          config: configOf(parameters, values),
          status: isStarted ? "active" : "inactive",
          ...(name ? { name } : {}),
          ...(capital ? { allocated_capital: capital } : {}),
        } as StrategyRequest,
      });
      say(message);
      void client.invalidateQueries({ queryKey: KEYS.strategies });
      onClose();
      navigate(`/strategies/${encodeURIComponent(data.strategy_id)}`);
    } catch (problem) {
      setError(messageOf(problem));
    }
  };
  return (
    <form className="dialog-body" onSubmit={submit} aria-label="New strategy">
      <div className="fields">
        <Select
          label="Kind"
          hint={kind?.description}
          value={kindName}
          options={kinds.map((one) => ({ value: one.kind, label: sentence(one.kind) }))}
          onChange={(event) => choose(event.target.value)}
        />
        <Input
          label="Name"
          placeholder={sentence(kindName)}
          value={name}
          onChange={(e) => setName(e.target.value)}
        />
        <Select
          label="Bars"
          value={timeframe}
          options={FRAMES}
          onChange={(event) => setTimeframe(event.target.value)}
        />
        <Input
          label="Own capital"
          numeric
          placeholder="Shares your cash"
          value={capital}
          onChange={(event) => setCapital(event.target.value)}
        />
      </div>
      <fieldset className="plain">
        <legend className="label">Instruments</legend>
        <div className="row">
          {instruments.map(({ symbol }) => (
            <Check
              key={symbol}
              label={symbol}
              checked={symbols.includes(symbol)}
              onChange={(event) =>
                setSymbols(
                  event.target.checked ? [...symbols, symbol] : symbols.filter((one) => one !== symbol),
                )
              }
            />
          ))}
        </div>
      </fieldset>
      <ParameterFields parameters={parameters} values={values} onChange={setValues} />
      <Check
        label="Start at once"
        checked={isStarted}
        onChange={(event) => setStarted(event.target.checked)}
      />
      {error ? (
        <div className="note-box bad" role="alert">
          {error}
        </div>
      ) : null}
      <div className="dialog-foot">
        <button type="button" className="button" onClick={onClose}>
          Never mind
        </button>
        <button type="submit" className="button primary" disabled={isWrong || symbols.length === 0}>
          Add strategy
        </button>
      </div>
    </form>
  );
}
