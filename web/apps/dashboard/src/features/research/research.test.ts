import { describe, expect, it } from "vitest";
import { axisOf, gridSize } from "./axes.ts";
import { drawdownOf, growthOf, monthlyOf } from "./series.ts";

const at = (day: string, value: number) => ({ time: Date.parse(`${day}T00:00:00Z`) / 1000, value });

describe("values to try", () => {
  it.each([
    ["5, 10,15", [5, 10, 15]],
    ["5..20 step 5", { from: 5, to: 20, step: 5 }],
    ["0.1..0.3 by 0.1", { from: 0.1, to: 0.3, step: 0.1 }],
    ["1..3", { from: 1, to: 3, step: 1 }],
    ["", null],
    ["5..1", null],
    ["five", null],
  ])("read %s", (text, expected) => {
    expect(axisOf(text)).toEqual(expected);
  });

  it("count every set, the last step included", () => {
    expect(gridSize([{ from: 0.1, to: 0.3, step: 0.1 }, [1, 2]])).toBe(6);
  });
});

describe("series of a run", () => {
  const points = [at("2020-01-01", 100), at("2020-01-31", 110), at("2020-02-28", 99), at("2021-01-04", 198)];

  it("fall from their highest", () => {
    expect(drawdownOf(points).map(({ value }) => Math.round(value))).toEqual([0, 0, -10, 0]);
  });

  it("grow from their first", () => {
    expect(growthOf(points).map(({ value }) => Math.round(value))).toEqual([0, 10, -1, 98]);
  });

  it("tell months by their ends, and years by their months", () => {
    const [first, second] = monthlyOf(points);
    expect(first?.months.slice(0, 3).map((value) => (value === null ? null : Math.round(value)))).toEqual([
      10,
      -10,
      null,
    ]);
    expect([first?.year, Math.round(first?.total ?? 0)]).toEqual([2020, -1]);
    expect([second?.year, Math.round(second?.total ?? 0)]).toEqual([2021, 100]);
  });
});
