import { describe, expect, it } from "vitest";
import type { Parameter } from "../api/types.ts";
import { configOf, valuesOf, wrongWith } from "./parameters.ts";

const parameter = (part: Partial<Parameter>): Parameter => ({
  name: "fast",
  kind: "int",
  default: 10,
  description: "",
  minimum: 1,
  maximum: 100,
  choices: [],
  is_runtime: false,
  ...part,
});

describe("parameters", () => {
  it.each([
    ["0", "At least 1."],
    ["101", "At most 100."],
    ["1.5", "Give a whole number."],
    ["", "Give a number."],
    ["ten", "Give a number."],
    ["50", undefined],
  ])("take %s or say why not", (text, expected) => {
    expect(wrongWith(parameter({}), text)).toBe(expected);
  });

  it("keep the digits of an amount", () => {
    const amount = parameter({ name: "quantity", kind: "decimal", maximum: null, minimum: 0 });
    expect(configOf([amount], { quantity: "0.12345678901234567890" })).toEqual({
      quantity: "0.12345678901234567890",
    });
  });

  it("begin with what is set, and with the default where nothing is", () => {
    const both = [parameter({}), parameter({ name: "long_only", kind: "bool", default: true })];
    expect(valuesOf(both, { fast: 5 })).toEqual({ fast: "5", long_only: "true" });
  });
});
