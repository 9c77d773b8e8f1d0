import { describe, expect, it } from "vitest";
import { NotFound, RateLimited, TimedOut, Unauthorized, Unavailable, Unreachable } from "../src/errors.ts";
import type { Fetch, TransportOptions } from "../src/http.ts";
import { Transport } from "../src/http.ts";
import { Platform } from "../src/platform.ts";
import { FixedSession, UserSession } from "../src/session.ts";
import { TradingAPI } from "../src/trading_api.ts";

type Step = Response | Error | (() => Response);

/** A server that answers step by step, and notes what it was asked. */
function script(...steps: Step[]) {
  const asked: Array<{ path: string; method: string; headers: Headers; body: string }> = [];
  const waits: number[] = [];
  const fetch: Fetch = async (input, init) => {
    const step = steps[Math.min(asked.length, steps.length - 1)];
    asked.push({
      path: new URL(input).pathname + new URL(input).search,
      method: init.method ?? "",
      headers: new Headers(init.headers),
      body: String(init.body ?? ""),
    });
    if (step instanceof Error) throw step;
    return typeof step === "function" ? step() : (step?.clone() ?? json({}));
  };
  const options: TransportOptions = {
    baseUrl: "http://test",
    fetch,
    draw: () => 0.5,
    sleep: async (ms) => void waits.push(ms),
  };
  return { asked, waits, options };
}

const json = (value: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(value), { status, headers });
const refusal = (status: number, code = "SOME", headers = {}) =>
  json({ error: { code, message: "no", details: [] }, request_id: "r" }, status, headers);
const lost = new TypeError("network");
const call = { method: "GET", path: "/v1/orders", isRepeatable: true };

describe("requests", () => {
  it("that read are tried again after lost answers and outages, each time later", async () => {
    const { asked, waits, options } = script(lost, refusal(503), refusal(502), json({ fine: true }));
    expect(await new Transport(JSON.parse, options).send(call)).toEqual({ fine: true });
    expect(asked).toHaveLength(4);
    expect(waits).toEqual([125, 250, 500]);
  });

  it("are given up after the last try, with the error as it was", async () => {
    const { asked, options } = script(refusal(503));
    await expect(new Transport(JSON.parse, options).send(call)).rejects.toBeInstanceOf(Unavailable);
    expect(asked).toHaveLength(4);
    const gone = script(lost);
    await expect(new Transport(JSON.parse, gone.options).send(call)).rejects.toBeInstanceOf(Unreachable);
  });

  it("that could do a thing twice are not tried again after a lost answer", async () => {
    const { asked, options } = script(lost, json({}));
    const once = { ...call, method: "POST", isRepeatable: false };
    await expect(new Transport(JSON.parse, options).send(once)).rejects.toBeInstanceOf(Unreachable);
    expect(asked).toHaveLength(1);
  });

  it("wait as long as a refusal for haste asks for", async () => {
    const { waits, options } = script(refusal(429, "RATE_LIMIT_EXCEEDED", { "retry-after": "7" }), json({}));
    await new Transport(JSON.parse, options).send({ ...call, isRepeatable: false });
    expect(waits).toEqual([7_125]);
    const never = script(refusal(429));
    await expect(
      new Transport(JSON.parse, { ...never.options, triesMax: 1 }).send(call),
    ).rejects.toBeInstanceOf(RateLimited);
  });

  it("whose first copy is still under way are asked for again", async () => {
    const { asked, options } = script(refusal(409, "REQUEST_IN_PROGRESS", { "retry-after": "1" }), json({}));
    await new Transport(JSON.parse, options).send({ ...call, method: "POST" });
    expect(asked).toHaveLength(2);
    const stale = script(refusal(409, "STALE_REVISION"));
    await expect(new Transport(JSON.parse, stale.options).send(call)).rejects.toMatchObject({
      code: "STALE_REVISION",
    });
    expect(stale.asked).toHaveLength(1);
  });

  it("that are wrong are not tried again", async () => {
    const { asked, options } = script(refusal(404));
    await expect(new Transport(JSON.parse, options).send(call)).rejects.toBeInstanceOf(NotFound);
    expect(asked).toHaveLength(1);
  });

  it("end when nobody answers in time, and when the caller lost interest", async () => {
    const fetch: Fetch = (_, { signal }) =>
      new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    const silent = new Transport(JSON.parse, { baseUrl: "http://test", fetch, timeoutMs: 10, triesMax: 1 });
    await expect(silent.send(call)).rejects.toBeInstanceOf(TimedOut);
    const patient = new Transport(JSON.parse, { baseUrl: "http://test", fetch });
    const aborted = patient.send({ ...call, signal: AbortSignal.timeout(5) });
    await expect(aborted).rejects.toMatchObject({ name: "TimeoutError" });
  });
});

describe("the platform", () => {
  it("fills paths, queries and bodies, and carries the token", async () => {
    const { asked, options } = script(json({ data: [] }));
    const platform = new Platform(new FixedSession("ob_key"), options);
    await platform.get("/v1/orders", { query: { status: ["FILLED", "PENDING"], per_page: 5 } as never });
    await platform.delete("/v1/orders/{order_id}", { path: { order_id: "a/b" } });
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /v1/orders?status=FILLED&status=PENDING&per_page=5",
      "DELETE /v1/orders/a%2Fb",
    ]);
    expect(asked[0]?.headers.get("authorization")).toBe("Bearer ob_key");
  });

  it("sends a change again under the same key, so that it is done once", async () => {
    const { asked, options } = script(lost, json({ data: {} }));
    const platform = new Platform(new FixedSession("t"), options);
    await platform.placeOrder({ symbol: "AAPL", side: "BUY", order_type: "MARKET", quantity: "1" });
    expect(asked).toHaveLength(2);
    expect(asked[0]?.headers.get("idempotency-key")).toBe(asked[1]?.headers.get("idempotency-key"));
    expect(asked[0]?.body).toBe(asked[1]?.body);
    expect(JSON.parse(asked[0]?.body ?? "")).toMatchObject({
      client_order_id: expect.stringMatching(/^web-/),
    });
  });
});

describe("a session", () => {
  const tokens = (access: string, refresh: string) =>
    json({ access_token: access, refresh_token: refresh, token_type: "bearer", expires_in: 3_600 });
  const me = json({ data: { email: "ada@example.com" } });
  const signIn = { email: "ada@example.com", password: "x" };

  it("renews a token that is about to expire, once for all who ask", async () => {
    const { asked, options } = script(tokens("a1", "r1"), me, tokens("a2", "r2"));
    let now = 0;
    const session = new UserSession({ ...options, now: () => now });
    await session.signIn(signIn);
    expect(await session.token()).toBe("a1");
    now = 3_590_000;
    expect(await Promise.all([session.token(), session.token(), session.renew("a1")])).toEqual([
      "a2",
      "a2",
      "a2",
    ]);
    expect(asked.filter(({ path }) => path === "/v1/auth/refresh")).toHaveLength(1);
    expect(asked.at(-1)?.headers.get("authorization")).toBe("Bearer r1");
  });

  it("repeats a request whose token was refused with another one", async () => {
    const { asked, options } = script(
      tokens("a1", "r1"),
      me,
      refusal(401),
      tokens("a2", "r2"),
      json({ data: 1 }),
    );
    const session = new UserSession(options);
    await session.signIn(signIn);
    await new Platform(session, options).get("/v1/portfolio");
    expect(asked.at(-1)?.headers.get("authorization")).toBe("Bearer a2");
  });

  it("ends, and says so, when it cannot be renewed", async () => {
    const { options } = script(tokens("a1", "r1"), me, refusal(401));
    const session = new UserSession(options);
    await session.signIn(signIn);
    expect(session.state.get()).toMatchObject({ status: "signed_in", user: { email: "ada@example.com" } });
    await expect(new Platform(session, options).get("/v1/portfolio")).rejects.toBeInstanceOf(Unauthorized);
    expect(session.state.get()).toEqual({ status: "signed_out", reason: "expired" });
    expect(await session.token()).toBeNull();
  });

  it("kept in a cookie comes back after a reload, and asks with the header that other pages cannot send", async () => {
    const { asked, options } = script(tokens("a1", ""), me);
    const session = new UserSession({ ...options, keep: "cookie" });
    expect(await session.restore()).toMatchObject({ email: "ada@example.com" });
    expect(asked[0]).toMatchObject({ path: "/v1/auth/refresh", method: "POST" });
    expect(asked[0]?.headers.get("x-openbell-session")).toBe("cookie");
    const nobody = script(refusal(401));
    expect(await new UserSession({ ...nobody.options, keep: "cookie" }).restore()).toBeNull();
    expect(await new UserSession(nobody.options).restore()).toBeNull();
    expect(nobody.asked).toHaveLength(1);
    const noCookie = script(refusal(400, "VALIDATION_ERROR"));
    expect(await new UserSession({ ...noCookie.options, keep: "cookie" }).restore()).toBeNull();
    const outage = script(refusal(503));
    await expect(new UserSession({ ...outage.options, keep: "cookie" }).restore()).rejects.toBeInstanceOf(
      Unavailable,
    );
  });
});

describe("tradingAPI", () => {
  it("says what to do where nobody has signed in", async () => {
    const api = new TradingAPI({ baseUrl: "http://test" });
    await expect(api.getOrders()).rejects.toMatchObject({ code: "NOT_SIGNED_IN", field: "credentials" });
    await expect(api.authenticate()).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });

  it("renews a session once for all whose token was refused", async () => {
    const good = json({ orders: [] });
    const steps = [json({ access_token: "a1", refresh_token: "r" }), refusal(401), refusal(401)];
    const { asked, options } = script(...steps, json({ access_token: "a2", refresh_token: "r" }), good);
    const api = new TradingAPI(options);
    api.setCredentials("key", "secret");
    await api.authenticate();
    await Promise.all([api.getOrders(), api.getOrders()]);
    expect(asked.filter(({ path }) => path.endsWith("/login"))).toHaveLength(2);
    expect(asked.slice(-2).map(({ headers }) => headers.get("authorization"))).toEqual([
      "Bearer a2",
      "Bearer a2",
    ]);
  });

  it("works for whoever signed in elsewhere, without a key in the page", async () => {
    const { asked, options } = script(refusal(401), json({ orders: [] }));
    const user = { token: async () => "t1", renew: async (refused: string) => `${refused}'` };
    const api = new TradingAPI({ ...options, user });
    expect(api.canSignIn.get()).toBe(true);
    await api.getOrders();
    expect(asked.map(({ headers }) => headers.get("authorization"))).toEqual(["Bearer t1", "Bearer t1'"]);
  });

  it("keeps an order whose outcome is unknown, and finds out later", async () => {
    const session = json({ access_token: "a", refresh_token: "r" });
    const { options } = script(session, lost, json({ orders: [{ order_id: "o1" }] }));
    const api = new TradingAPI({ ...options, triesMax: 1 });
    api.setCredentials("key", "secret");
    const order = {
      symbol: "AAPL",
      side: "buy",
      type: "market",
      quantity: 1,
      client_order_id: "mine",
    } as const;
    await expect(api.createOrder(order)).rejects.toBeInstanceOf(Unreachable);
    expect(await api.resolvePending()).toMatchObject([
      { sent: { client_order_id: "mine" }, order: { order_id: "o1" } },
    ]);
    expect(await api.resolvePending()).toEqual([]);
  });
});
