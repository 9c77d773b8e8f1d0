/** Fields with their labels, hints and mistakes. */
import type { InputHTMLAttributes, ReactNode, SelectHTMLAttributes } from "react";
import { useId } from "react";

interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly wrong?: string | undefined;
  readonly side?: ReactNode;
}

type InputProps = FieldProps & Omit<InputHTMLAttributes<HTMLInputElement>, "id"> & { numeric?: boolean };

/** A line of text or a number. Numbers are text to us, so that no digit is lost. */
export function Input({ label, hint, wrong, side, numeric = false, className = "", ...rest }: InputProps) {
  const id = useId();
  const more = wrong || hint ? `${id}-more` : undefined;
  return (
    <div className="field">
      <label className="label" htmlFor={id}>
        <span>{label}</span>
        {side ? <span className="faint">{side}</span> : null}
      </label>
      <input
        id={id}
        className={`input ${numeric ? "number" : ""} ${className}`}
        aria-invalid={wrong ? true : undefined}
        aria-describedby={more}
        autoComplete="off"
        spellCheck={false}
        {...(numeric ? { inputMode: "decimal" as const } : {})}
        {...rest}
      />
      {more ? (
        <span id={more} className={wrong ? "wrong" : "hint"}>
          {wrong ?? hint}
        </span>
      ) : null}
    </div>
  );
}

type SelectProps = FieldProps &
  Omit<SelectHTMLAttributes<HTMLSelectElement>, "id"> & {
    options: readonly (string | { value: string; label: string })[];
  };

export function Select({ label, hint, wrong, options, ...rest }: SelectProps) {
  const id = useId();
  const more = wrong || hint ? `${id}-more` : undefined;
  return (
    <div className="field">
      <label className="label" htmlFor={id}>
        {label}
      </label>
      <select id={id} className="select" aria-describedby={more} {...rest}>
        {options.map((option) => {
          const { value, label: text } =
            typeof option === "string" ? { value: option, label: option } : option;
          return (
            <option key={value} value={value}>
              {text}
            </option>
          );
        })}
      </select>
      {more ? (
        <span id={more} className={wrong ? "wrong" : "hint"}>
          {wrong ?? hint}
        </span>
      ) : null}
    </div>
  );
}

interface SegmentsProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly { value: Value; label: string; className?: string }[];
  readonly onChange: (value: Value) => void;
  readonly className?: string;
}

/** A few choices of which one holds. */
export function Segments<Value extends string>(props: SegmentsProps<Value>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a row of buttons everywhere
    <div className={`segments ${props.className ?? ""}`} role="group" aria-label={props.label}>
      {props.options.map((option) => (
        <button
          key={option.value}
          type="button"
          className={option.className ?? ""}
          aria-pressed={option.value === props.value}
          onClick={() => props.onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}

export function Check({ label, ...rest }: { label: ReactNode } & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <label className="check">
      <input type="checkbox" {...rest} />
      <span>{label}</span>
    </label>
  );
}
