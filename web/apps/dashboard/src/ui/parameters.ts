/** Parameters of a strategy as they are typed, and whether they may be sent. */
import type { Parameter } from "../api/types.ts";
import { parse } from "../format/decimal.ts";

export type Values = Readonly<Record<string, string>>;

/** Give parameters as text: what is set, else the defaults. */
export function valuesOf(
  parameters: readonly Parameter[],
  set: Readonly<Record<string, unknown>> = {},
): Values {
  return Object.fromEntries(parameters.map(({ name, default: usual }) => [name, String(set[name] ?? usual)]));
}

/** Say what is wrong with a value; undefined when nothing is. */
export function wrongWith(parameter: Parameter, text: string): string | undefined {
  const { kind, minimum, maximum } = parameter;
  if (kind === "bool" || kind === "str") return undefined;
  if (!parse(text)) return "Give a number.";
  if (kind === "int" && !/^-?\d+$/.test(text.trim())) return "Give a whole number.";
  const value = Number(text);
  if (minimum !== null && value < minimum) return `At least ${minimum}.`;
  if (maximum !== null && value > maximum) return `At most ${maximum}.`;
  return undefined;
}

/** Say values in the server's words: amounts stay text, so that no digit is lost. */
export function configOf(parameters: readonly Parameter[], values: Values): Record<string, unknown> {
  return Object.fromEntries(
    parameters.map(({ name, kind }) => {
      const text = (values[name] ?? "").trim();
      if (kind === "bool") return [name, text === "true"];
      if (kind === "int" || kind === "float") return [name, Number(text)];
      return [name, text];
    }),
  );
}
