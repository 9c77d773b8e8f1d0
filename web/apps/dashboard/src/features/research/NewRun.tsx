/** Launching a backtest, or a study of one. */
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { platform } from "../../api/client.ts";
import { KEYS } from "../../api/keys.ts";
import { useKinds } from "../../api/queries.ts";
import type { RunRequest, StrategyKind } from "../../api/types.ts";
import { sentence } from "../../format/words.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Input, Segments, Select } from "../../ui/form.tsx";
import { ParameterFields } from "../../ui/ParameterFields.tsx";
import { Loaded, messageOf } from "../../ui/panel.tsx";
import { configOf, type Values, valuesOf, wrongWith } from "../../ui/parameters.ts";
import { navigate } from "../../ui/router.tsx";
import { say } from "../../ui/toasts.tsx";
import { type Axis, axisOf, gridSize } from "./axes.ts";

const STUDIES = [
  { value: "none" as const, label: "Backtest" },
  { value: "sweep" as const, label: "Sweep" },
  { value: "walk_forward" as const, label: "Walk forward" },
  { value: "monte_carlo" as const, label: "Monte Carlo" },
  { value: "checks" as const, label: "Bias checks" },
];
type StudyName = (typeof STUDIES)[number]["value"];

const MEANINGS: Readonly<Record<StudyName, string>> = {
  none: "One pass over recorded data, by the core that trades.",
  sweep: "A backtest of every set of parameters, and the odds that the best one is luck.",
  walk_forward: "Parameters chosen on one stretch of time and judged on the next.",
  monte_carlo: "The trades of a backtest, drawn and ordered anew a thousand times.",
  checks: "Whether the strategy sees the future, or decides otherwise with more history.",
};

export function NewRun({ onClose }: { onClose: () => void }) {
  const kinds = useKinds();
  return (
    <Dialog title="New run" size="wide" onClose={onClose}>
      <Loaded query={kinds}>{(list) => <Form kinds={list} onClose={onClose} />}</Loaded>
    </Dialog>
  );
}

function Form({ kinds, onClose }: { kinds: readonly StrategyKind[]; onClose: () => void }) {
  const client = useQueryClient();
  const [study, setStudy] = useState<StudyName>("none");
  const [kindName, setKindName] = useState(
    kinds.find(({ kind }) => kind === "sma_cross")?.kind ?? kinds[0]?.kind ?? "",
  );
  const kind = kinds.find((one) => one.kind === kindName);
  const parameters = kind?.parameters ?? [];
  const [values, setValues] = useState<Values>(() => usual(kind));
  const [axes, setAxes] = useState<Values>({ fast: "5..20 step 5", slow: "30..60 step 10" });
  const [symbol, setSymbol] = useState("GOOG");
  const [start, setStart] = useState("");
  const [end, setEnd] = useState("");
  const [capital, setCapital] = useState("100000");
  const [fee, setFee] = useState("0.001");
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const searches = study === "sweep" || study === "walk_forward";
  const numeric = parameters.filter(
    (one) => one.kind === "int" || one.kind === "float" || one.kind === "decimal",
  );
  const tried = new Map<string, Axis>();
  for (const { name } of numeric) {
    const axis = axisOf(axes[name] ?? "");
    if (axis) tried.set(name, axis);
  }
  const isWrong = parameters.some((parameter) => wrongWith(parameter, values[parameter.name] ?? ""));

  const choose = (next: string) => {
    setKindName(next);
    setValues(usual(kinds.find((one) => one.kind === next)));
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setError(undefined);
    setBusy(true);
    const search = searches ? { parameters: Object.fromEntries(tried) } : {};
    const body = {
      kind: kindName,
      symbol: symbol.trim(),
      config: configOf(
        parameters.filter(({ name }) => !searches || !tried.has(name)),
        values,
      ),
      initial_capital: capital,
      fee_rate: fee || "0",
      ...(start ? { start_date: start } : {}),
      ...(end ? { end_date: end } : {}),
      ...(study === "none" ? {} : { study: { type: study, ...search } }),
    };
    try {
      const { data, message } = await platform.post("/v1/runs", { body: body as unknown as RunRequest });
      say(message);
      void client.invalidateQueries({ queryKey: KEYS.runs });
      navigate(`/research/${data.run_id}`);
    } catch (problem) {
      setError(messageOf(problem));
      setBusy(false);
    }
  };
  return (
    <form className="dialog-body" onSubmit={submit} aria-label="New run">
      <div className="scroll-x">
        <Segments label="What to run" value={study} options={STUDIES} onChange={setStudy} />
      </div>
      <p className="dim small">{MEANINGS[study]}</p>
      <div className="fields">
        <Select
          label="Strategy"
          value={kindName}
          options={kinds.map((one) => ({ value: one.kind, label: sentence(one.kind) }))}
          onChange={(event) => choose(event.target.value)}
        />
        <Input
          label="Symbol"
          required
          value={symbol}
          hint="GOOG, AAPL and MSFT ship along"
          onChange={(e) => setSymbol(e.target.value)}
        />
        <Input label="From" type="date" value={start} onChange={(event) => setStart(event.target.value)} />
        <Input label="Until" type="date" value={end} onChange={(event) => setEnd(event.target.value)} />
        <Input label="Capital" numeric value={capital} onChange={(event) => setCapital(event.target.value)} />
        <Input label="Fee, as a part" numeric value={fee} onChange={(event) => setFee(event.target.value)} />
      </div>
      {searches ? (
        <fieldset className="plain">
          <legend className="label">
            Values to try: a list, or a range with a step. Empty keeps the value below.
          </legend>
          <div className="fields">
            {numeric.map(({ name }) => (
              <Input
                key={name}
                label={sentence(name)}
                placeholder="5, 10, 15 or 5..20 step 5"
                wrong={
                  axes[name] && !tried.has(name) ? "A list, or a range such as 5..20 step 5." : undefined
                }
                value={axes[name] ?? ""}
                onChange={(event) => setAxes({ ...axes, [name]: event.target.value })}
              />
            ))}
          </div>
          <p className="dim small">
            {tried.size ? `${gridSize([...tried.values()])} backtests` : "Nothing to try yet"}
          </p>
        </fieldset>
      ) : null}
      <ParameterFields
        parameters={searches ? parameters.filter(({ name }) => !tried.has(name)) : parameters}
        values={values}
        onChange={setValues}
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
        <button
          type="submit"
          className="button primary"
          disabled={isWrong || isBusy || (searches && tried.size === 0)}
        >
          {isBusy ? "Launching…" : "Launch"}
        </button>
      </div>
    </form>
  );
}

/** A hundred shares show more of a strategy than one. */
function usual(kind: StrategyKind | undefined): Values {
  const values = valuesOf(kind?.parameters ?? []);
  return values["quantity"] === "1" ? { ...values, quantity: "100" } : values;
}
