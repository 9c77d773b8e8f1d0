import { describe, expect, it } from "vitest";
import { draftOf, isReady, requestOf } from "./draft.ts";

const draft = { ...draftOf(), quantity: "0.5" };

describe("an order being written", () => {
  it("is ready when its type has what it needs", () => {
    expect(isReady(draft)).toBe(true);
    expect(isReady({ ...draft, type: "LIMIT" })).toBe(false);
    expect(isReady({ ...draft, type: "LIMIT", limitPrice: "100" })).toBe(true);
    expect(isReady({ ...draft, type: "STOP_LIMIT", limitPrice: "100" })).toBe(false);
    expect(isReady({ ...draft, quantity: "-1" })).toBe(false);
  });

  it("leaves out what its type has no use for", () => {
    const request = requestOf(
      { ...draft, limitPrice: "99", stopPrice: "98", postOnly: true },
      "BTC/USD",
      "BUY",
    );
    expect(request).toEqual({ symbol: "BTC/USD", side: "BUY", quantity: "0.5", order_type: "MARKET" });
  });

  it("is sent digit by digit as it was typed", () => {
    const request = requestOf({ ...draft, quantity: " 0.123456789012345678 " }, "BTC/USD", "SELL");
    expect(request.quantity).toBe("0.123456789012345678");
  });
});
