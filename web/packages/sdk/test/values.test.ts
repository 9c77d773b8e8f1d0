import { describe, expect, it } from "vitest";
import { waitMs } from "../src/backoff.ts";
import { compare, decimal, decimalText, sum } from "../src/decimal.ts";
import { ApiError, errorOfBody, InvalidInput, NotFound, RateLimited, Unavailable } from "../src/errors.ts";
import { parseExact } from "../src/exact_json.ts";
import { newClientOrderId } from "../src/ids.ts";
import { MemoryKeeper, StorageKeeper, sentOrder } from "../src/orders.ts";
import { sign } from "../src/signing.ts";

describe("decimals", () => {
  it("keep every digit that floating point would lose", () => {
    expect(decimalText("123456789012345678.123456789012")).toBe("123456789012345678.123456789012");
    expect(sum(["0.1", "0.2"])).toBe("0.3");
    expect(decimal("0.1").times("3").toFixed()).toBe("0.3");
    expect(compare("100000000000000001", "100000000000000000")).toBe(1);
  });

  it("take numbers as people write them, without an exponent", () => {
    expect(decimalText(43_000.0)).toBe("43000");
    expect(decimalText(1e-7)).toBe("0.0000001");
    expect(decimalText(0.1)).toBe("0.1");
  });

  it("refuse what the server would have to round, naming the field", () => {
    expect(() => decimalText("0.1234567890123", "price")).toThrowError(InvalidInput);
    expect(() => decimalText(Number.NaN)).toThrowError(InvalidInput);
    expect(() => decimalText("ten", "quantity")).toThrowError(InvalidInput);
    expect(() => decimalText(1e30, "quantity")).toThrowError(/quantity/);
  });
});

describe("exact JSON", () => {
  it("reads decimals digit by digit, and counts as numbers", () => {
    const text =
      '{"price": 43000.10, "seq": 7, "levels": [{"quantity": 0.30000000000000004}], "volume": 1e3}';
    expect(parseExact(text)).toEqual({
      price: "43000.10",
      seq: 7,
      levels: [{ quantity: "0.30000000000000004" }],
      volume: "1e3",
    });
  });

  it("leaves texts alone, whatever they look like", () => {
    const value = { note: 'say "1.5" and \\"2\\" or 3', "4.5": "6", empty: "", flag: true, none: null };
    expect(parseExact(JSON.stringify(value))).toEqual(value);
  });

  it("refuses what is no JSON", () => {
    for (const text of ["{", '{"a": 1,}', "1 2", '"', "{'a': 1}"])
      expect(() => parseExact(text)).toThrow(SyntaxError);
  });
});

describe("errors", () => {
  const body = {
    error: {
      code: "VALIDATION_ERROR",
      message: "No.",
      details: [{ field: "price", message: "Give a tick." }],
    },
    request_id: "req-1",
  };

  it("have code, field and what to do", () => {
    const error = errorOfBody(body, 400);
    expect(error).toMatchObject({
      name: "ApiError",
      code: "VALIDATION_ERROR",
      field: "price",
      fix: "Give a tick.",
      requestId: "req-1",
    });
  });

  it("are of a class by status, and by code where a socket has no status", () => {
    expect(errorOfBody(body, 404)).toBeInstanceOf(NotFound);
    expect(errorOfBody(body, 503)).toBeInstanceOf(Unavailable);
    expect(errorOfBody({ error: { code: "RATE_LIMITED" } })).toBeInstanceOf(RateLimited);
  });

  it("are errors of ours even where a proxy answered", () => {
    expect(errorOfBody(undefined, 502)).toMatchObject({ code: "BAD_ANSWER", status: 502 });
    expect(errorOfBody({ error: { details: "?" } }, 500)).toBeInstanceOf(ApiError);
  });
});

describe("waiting", () => {
  const backoff = { baseMs: 100, floorMs: 10, capMs: 1_000 };

  it("is drawn between the floor and a ceiling that doubles up to the cap", () => {
    expect([1, 2, 3, 9].map((attempt) => waitMs(attempt, backoff, () => 1))).toEqual([100, 200, 400, 1_000]);
    expect(waitMs(9, backoff, () => 0)).toBe(10);
  });

  it("is never shorter than the server asked for", () => {
    expect(waitMs(1, backoff, () => 0, 3)).toBe(3_000);
    expect(waitMs(1, backoff, () => 0.5, 3)).toBe(3_050);
  });
});

describe("orders on their way", () => {
  const request = { symbol: "BTC/USD", side: "buy", type: "limit", quantity: 1.0, price: 43_000.0 } as const;

  it("are named before they are sent, and keep a name that was given", () => {
    expect(sentOrder(request)).toMatchObject({
      quantity: "1",
      price: "43000",
      client_order_id: expect.stringMatching(/^web-/),
    });
    expect(sentOrder({ ...request, client_order_id: "mine" }).client_order_id).toBe("mine");
  });

  it("have names that the server takes, that sort by time and do not meet", () => {
    const names = Array.from({ length: 1_000 }, () => newClientOrderId());
    expect(new Set(names).size).toBe(1_000);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9._:-]{1,64}$/);
    expect(newClientOrderId(1_000) < newClientOrderId(2_000)).toBe(true);
  });

  it("are remembered until settled, over reloads where there is a storage", () => {
    const shelf = new Map<string, string>();
    const storage = {
      getItem: (key: string) => shelf.get(key) ?? null,
      setItem: (key: string, value: string) => void shelf.set(key, value),
    };
    const order = sentOrder(request);
    for (const [keeper, later] of [
      [new StorageKeeper(storage), new StorageKeeper(storage)],
      [new MemoryKeeper(), null],
    ] as const) {
      keeper.keep(order);
      keeper.keep(order);
      expect((later ?? keeper).pending()).toEqual([order]);
      keeper.settle(order.client_order_id);
      expect((later ?? keeper).pending()).toEqual([]);
    }
  });
});

describe("signatures", () => {
  it("are those of the documentation's example", async () => {
    const body = '{"symbol":"BTC/USD","side":"buy","type":"limit","quantity":1.0,"price":43000.00}';
    const what = { method: "POST", path: "/api/v1/orders", timestamp: 1769380200000, nonce: "8b1f0c", body };
    expect(await sign("s3cr3t-for-the-example", what)).toBe(
      "d4a3b38b21ae545626ffe9ea460105125b76808d5cb97bc9e8b5337df6e678f3",
    );
  });
});
