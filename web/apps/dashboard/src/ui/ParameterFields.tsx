/** A field for each parameter of a strategy, with its bounds. */
import type { Parameter } from "../api/types.ts";
import { sentence } from "../format/words.ts";
import { Check, Input, Select } from "./form.tsx";
import { type Values, wrongWith } from "./parameters.ts";

interface ParameterFieldsProps {
  readonly parameters: readonly Parameter[];
  readonly values: Values;
  readonly onChange: (values: Values) => void;
  /** While a strategy runs, only runtime parameters may change. */
  readonly isRunning?: boolean;
  readonly isReadOnly?: boolean;
}

function boundsOf({ minimum, maximum }: Parameter): string | undefined {
  if (minimum !== null && maximum !== null) return `${minimum} to ${maximum}`;
  if (minimum !== null) return `${minimum} or more`;
  return maximum === null ? undefined : `${maximum} or less`;
}

export function ParameterFields(props: ParameterFieldsProps) {
  const { parameters, values, onChange, isRunning = false, isReadOnly = false } = props;
  return (
    <div className="fields">
      {parameters.map((parameter) => {
        const { name, kind, choices, description } = parameter;
        const value = values[name] ?? "";
        const isFixed = isReadOnly || (isRunning && !parameter.is_runtime);
        const set = (text: string) => onChange({ ...values, [name]: text });
        const hint =
          isRunning && !parameter.is_runtime && !isReadOnly
            ? "Stop the strategy to change this."
            : description;
        if (kind === "bool") {
          return (
            <div className="field" key={name}>
              <Check
                label={sentence(name)}
                checked={value === "true"}
                disabled={isFixed}
                onChange={(event) => set(String(event.target.checked))}
              />
              <span className="hint">{hint}</span>
            </div>
          );
        }
        if (choices.length > 0) {
          return (
            <Select
              key={name}
              label={sentence(name)}
              hint={hint}
              value={value}
              options={choices}
              disabled={isFixed}
              onChange={(event) => set(event.target.value)}
            />
          );
        }
        return (
          <Input
            key={name}
            label={sentence(name)}
            numeric={kind !== "str"}
            side={boundsOf(parameter)}
            hint={hint}
            wrong={isFixed ? undefined : wrongWith(parameter, value)}
            value={value}
            disabled={isFixed}
            onChange={(event) => set(event.target.value)}
          />
        );
      })}
    </div>
  );
}
