import { describe, expect, it } from "vitest";
import { fraction, money, percent, price, quantity, signedMoney, size, tone } from "./amounts.ts";
import { absolute, fixed, isPositive, placesOf, signOf } from "./decimal.ts";
import { ago, span } from "./moments.ts";
import { sentence } from "./words.ts";

const bitcoin = { tick_size: "0.01", lot_size: "0.000001", currency: "USD" };
const yen = { tick_size: "1.00", lot_size: "100", currency: "JPY" };

describe("decimals", () => {
  it("keep digits that a float would lose", () => {
    expect(fixed("123456789012345678.12345678", 8)).toBe("123,456,789,012,345,678.12345678");
  });

  it.each([
    ["0.005", "0.01"],
    ["-0.005", "−0.01"],
    ["1.004999999999999999", "1.00"],
    ["999.995", "1,000.00"],
    ["-0.001", "0.00"],
  ])("round %s to %s", (given, expected) => {
    expect(fixed(given, 2)).toBe(expected);
  });

  it.each(["", "abc", "1.2.3", "NaN", "1e5", null, undefined])("show %s as nothing", (given) => {
    expect(fixed(given, 2)).toBe("–");
  });

  it("read numbers that JavaScript writes with an exponent", () => {
    expect(fixed(1e-7, 8)).toBe("0.00000010");
  });

  it("know the places of a step", () => {
    expect([placesOf("0.01"), placesOf("1.00"), placesOf("0.000001"), placesOf("0.05")]).toEqual([
      2, 0, 6, 2,
    ]);
  });

  it("know their sign, and zero has none", () => {
    expect([signOf("-0.00"), signOf("-0.01"), signOf("12")]).toEqual([0, -1, 1]);
  });

  it("are amounts only when positive", () => {
    expect(["0", "-1", "", "x", "0.1", "+1"].map(isPositive)).toEqual([
      false,
      false,
      false,
      false,
      true,
      false,
    ]);
  });

  it("lose their sign when a short position is closed", () => {
    expect(absolute("-12.50")).toBe("12.50");
  });
});

describe("amounts", () => {
  it("follow the instrument", () => {
    expect(price("95012.5", bitcoin)).toBe("95,012.50");
    expect(quantity("0.10000000", bitcoin)).toBe("0.1");
    expect(size("0.1", bitcoin)).toBe("0.1000");
    expect(size("300", yen)).toBe("300");
  });

  it("carry their currency and sign", () => {
    expect(money("-1234.5")).toBe("−$1,234.50");
    expect(money("12", "CHF")).toBe("12.00 CHF");
    expect(signedMoney("12.3")).toBe("+$12.30");
    expect(signedMoney("0.001")).toBe("$0.00");
  });

  it("tell percent from fractions", () => {
    expect(percent("5.256")).toBe("5.26%");
    expect(fraction("0.5512")).toBe("55.1%");
    expect(fraction("1")).toBe("100.0%");
    expect(fraction("-0.005")).toBe("−0.5%");
  });

  it("are coloured by their sign alone", () => {
    expect([tone("1"), tone("-1"), tone("0.00")]).toEqual(["gain", "loss", ""]);
  });
});

describe("words and moments", () => {
  it("turn codes into sentences", () => {
    expect(sentence("PARTIALLY_FILLED")).toBe("Partially filled");
    expect(sentence("buy_and_hold")).toBe("Buy and hold");
  });

  it("say how long ago in one unit", () => {
    expect(ago("2026-01-01T00:00:00Z", Date.parse("2026-01-01T00:03:00Z"))).toBe("3 min ago");
    expect(span(7200)).toBe("2 h");
  });
});
