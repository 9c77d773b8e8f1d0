/** The integration guide's calls against a started server; `OPENBELL_TEST_URL` says where it is. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import {
  AccountStream,
  ApiError,
  type ConnectionState,
  InvalidInput,
  MarketDataWebSocket,
  MemoryKeeper,
  NotFound,
  type Order,
  type OrderBook,
  Platform,
  type PublicTrade,
  type Quote,
  type StreamMessage,
  type TradeExecution,
  TradingAPI,
  TradingWebSocket,
  Unauthorized,
  UserSession,
} from "../src/index.ts";
import type { SocketFactory } from "../src/wire/connection.ts";

const BASE = process.env["OPENBELL_TEST_URL"] ?? "";
const SOCKETS = BASE.replace(/^http/, "ws");
const EMAIL = process.env["OPENBELL_TEST_EMAIL"] ?? "admin@openbell.local";
const PASSWORD = process.env["OPENBELL_TEST_PASSWORD"] ?? "";
const node = { WebSocket: WebSocket as unknown as SocketFactory };
const DECIMAL = /^-?\d+(\.\d+)?$/;

/** Wait for the first call of a callback. */
function first<T>(begin: (callback: (value: T) => void) => unknown): Promise<T> {
  return new Promise((resolve) => void begin(resolve));
}

/** A low price that rests in the book, on the instrument's tick. */
const RESTING = { symbol: "BTC/USD", side: "buy", type: "limit", quantity: 0.01, price: "100.10" } as const;

describe.skipIf(BASE === "")("a started server", () => {
  const api = new TradingAPI({ baseUrl: BASE });
  beforeAll(async () => {
    api.setCredentials("demo_api_key", "demo_secret");
    await api.authenticate();
  });

  describe("MarketDataWebSocket", () => {
    const market = new MarketDataWebSocket({ url: `${SOCKETS}/ws/market-data`, ...node });
    afterAll(() => market.disconnect());

    it("gives quotes, trades and books with exact decimals", async () => {
      await market.connect();
      const quote = await first<Quote>((on) => market.subscribeToQuotes("BTC/USD", on));
      const trade = await first<PublicTrade>((on) => market.subscribeToTrades("BTC/USD", on));
      const book = await first<OrderBook>((on) => market.subscribeToOrderBook("BTC/USD", on, { depth: 5 }));
      expect(quote.price).toMatch(DECIMAL);
      expect(quote.change_percent).toMatch(DECIMAL);
      expect(trade.quantity).toMatch(DECIMAL);
      expect(book.bids.length).toBeGreaterThan(0);
      expect(book.bids.length).toBeLessThanOrEqual(5);
      expect(book.bids[0]?.price).toMatch(DECIMAL);
      expect(market.connectionState).toBe("open");
    });

    it("says which symbol is unknown, and keeps the others", async () => {
      const refused = first<string | undefined>((on) =>
        market.setCallbacks({ onRefused: (topic) => on(topic.instrument) }),
      );
      const quotes = first<Quote>((on) => market.subscribeToQuotes("ETH/USD", on));
      market.subscribeToQuotes("NO-SUCH", () => undefined);
      expect(await refused).toBe("NO-SUCH");
      expect((await quotes).symbol).toBe("ETH/USD");
    });

    it("gathers in batches where that is asked for", async () => {
      const batched = new MarketDataWebSocket({ url: `${SOCKETS}/ws/market-data`, batchMs: 50, ...node });
      await batched.connect();
      const quote = await first<Quote>((on) => batched.subscribeToQuotes("BTC/USD", on));
      expect(quote.symbol).toBe("BTC/USD");
      batched.disconnect();
    });
  });

  describe("TradingWebSocket", () => {
    it("takes the guide's literal signature in development, places, cancels and tells of it", async () => {
      const trading = new TradingWebSocket({ url: `${SOCKETS}/ws/trading`, ...node });
      const updates: Order[] = [];
      trading.setCallbacks({ onOrderUpdate: (order) => updates.push(order) });
      await trading.connect();
      await trading.authenticate("demo_api_key", "signature", Date.now());
      const placed = await trading.sendOrder(RESTING);
      expect(placed).toMatchObject({
        status: "open",
        price: "100.1",
        quantity: "0.01",
        side: "buy",
        type: "limit",
      });
      expect(placed.client_order_id).toMatch(/^web-/);
      const changed = await trading.modifyOrder(placed.order_id, {
        price: "99.90",
        expected_revision: placed.revision,
      });
      expect(changed.price).toBe("99.9");
      expect(await trading.cancelOrder(placed.order_id)).toMatchObject({ status: "closed" });
      expect(updates.map((order) => order.order_id)).toContain(placed.order_id);
      trading.disconnect();
    });

    it("signs anew for every connection, and resumes where it was cut", async () => {
      const states: ConnectionState["status"][] = [];
      const backoff = { baseMs: 20, floorMs: 10, capMs: 50 };
      const trading = new TradingWebSocket({ url: `${SOCKETS}/ws/trading`, backoff, ...node });
      trading.setCallbacks({ onStateChange: (state) => states.push(state.status) });
      await trading.connect();
      await trading.signIn("demo_api_key", "demo_secret");
      const before = trading.lastSeq ?? 0;
      const seen: Order[] = [];
      trading.setCallbacks({ onOrderUpdate: (order) => seen.push(order) });
      cut(trading);
      const order = await api.createOrder(RESTING);
      await until(() => trading.isConnected && seen.some((one) => one.order_id === order.order_id));
      await api.cancelOrder(order.order_id);
      await until(() => seen.some((one) => one.order_id === order.order_id && one.status === "closed"));
      expect(trading.lastSeq).toBeGreaterThan(before);
      expect(states).toContain("waiting");
      trading.disconnect();
    });

    it("tells of fills and positions", async () => {
      const trading = new TradingWebSocket({ url: `${SOCKETS}/ws/trading`, ...node });
      await trading.connect();
      await trading.signIn("demo_api_key", "demo_secret");
      const execution = first<TradeExecution>((on) => trading.setCallbacks({ onTradeExecution: on }));
      const position = first((on) => trading.setCallbacks({ onPositionUpdate: on }));
      void trading.sendOrder({ symbol: "BTC/USD", side: "buy", type: "market", quantity: "0.01" });
      expect(await execution).toMatchObject({ symbol: "BTC/USD", side: "buy" });
      expect(await position).toMatchObject({ symbol: "BTC/USD" });
      trading.disconnect();
    });

    it("throws what the server says of a bad order, with the field", async () => {
      const trading = new TradingWebSocket({ url: `${SOCKETS}/ws/trading`, ...node });
      await trading.connect();
      await trading.signIn("demo_api_key", "demo_secret");
      const refused = trading.sendOrder({ ...RESTING, price: "100.123" });
      await expect(refused).rejects.toBeInstanceOf(ApiError);
      await expect(refused).rejects.toMatchObject({ field: "price" });
      trading.disconnect();
    });

    it("ends, and says why, when the credentials are wrong", async () => {
      const trading = new TradingWebSocket({ url: `${SOCKETS}/ws/trading`, ...node });
      await trading.connect();
      await expect(trading.signIn("demo_api_key", "wrong")).rejects.toBeInstanceOf(Unauthorized);
      trading.disconnect();
    });
  });

  describe("tradingAPI", () => {
    it("creates, lists and cancels orders, and reads decimals digit by digit", async () => {
      const order = await api.createOrder(RESTING);
      expect(order).toMatchObject({ price: "100.1", filled_quantity: "0" });
      expect((await api.getOrders({ status: "open" })).map((one) => one.order_id)).toContain(order.order_id);
      expect(await api.cancelOrder(order.order_id)).toMatchObject({ status: "closed" });
    });

    it("gives portfolio, positions and balances", async () => {
      const portfolio = await api.getPortfolio();
      const [balance] = await api.getBalances();
      expect(portfolio.total_value).toMatch(DECIMAL);
      expect(Array.isArray(await api.getPositions())).toBe(true);
      expect(balance?.total).toMatch(DECIMAL);
    });

    it("sends an order whose answer was lost again, and places it once", async () => {
      const keeper = new MemoryKeeper();
      let calls = 0;
      const flaky = new TradingAPI({
        baseUrl: BASE,
        keeper,
        backoff: { baseMs: 1, floorMs: 0, capMs: 1 },
        fetch: async (input, init) => {
          const answer = await fetch(input, init);
          calls += input.endsWith("/orders") ? 1 : 0;
          if (input.endsWith("/orders") && calls === 1) throw new TypeError("the answer got lost");
          return answer;
        },
      });
      flaky.setCredentials("demo_api_key", "demo_secret");
      const order = await flaky.createOrder(RESTING);
      expect(calls).toBe(2);
      expect(await flaky.getOrders({ client_order_id: order.client_order_id })).toHaveLength(1);
      expect(keeper.pending()).toEqual([]);
      await flaky.cancelOrder(order.order_id);
    });

    it("throws typed errors", async () => {
      await expect(api.cancelOrder("no-such-order")).rejects.toBeInstanceOf(NotFound);
      await expect(api.createOrder({ ...RESTING, price: 1e-20 })).rejects.toBeInstanceOf(InvalidInput);
      const wrong = new TradingAPI({ baseUrl: BASE });
      wrong.setCredentials("demo_api_key", "wrong");
      await expect(wrong.authenticate()).rejects.toBeInstanceOf(Unauthorized);
    });
  });

  describe("Platform and AccountStream", () => {
    const session = new UserSession({ baseUrl: BASE });
    const platform = new Platform(session, { baseUrl: BASE });

    it("signs in, and tells the account's events over a cut", async () => {
      const user = await session.signIn({ email: EMAIL, password: PASSWORD });
      expect(user.email).toBe(EMAIL);
      const backoff = { baseMs: 20, floorMs: 10, capMs: 50 };
      const stream = new AccountStream({
        url: `${SOCKETS}/ws`,
        ticket: () => platform.ticket(),
        backoff,
        ...node,
      });
      const seen: string[] = [];
      stream.on("order_update", (message) => seen.push(message.data.order_id));
      await stream.connect();
      cut(stream);
      const { data: order } = await platform.placeOrder({
        symbol: "BTC/USD",
        side: "BUY",
        order_type: "LIMIT",
        quantity: "0.01",
        limit_price: "100.1",
      });
      await until(() => seen.includes(order.order_id));
      await platform.delete("/v1/orders/{order_id}", { path: { order_id: order.order_id } });
      const tick = await first((on) => stream.market("ticks", "BTC/USD", {}, on));
      expect(tick).toMatchObject({ type: "tick", data: { instrument: "BTC/USD" } });
      stream.close();
    });

    it("follows a book by its changes, shallow or deep, and knows it whole after each", async () => {
      const stream = new AccountStream({ url: `${SOCKETS}/ws`, ticket: () => platform.ticket(), ...node });
      const deep: StreamMessage<"orderbook">[] = [];
      await stream.connect();
      stream.market("orderbook", "BTC/USD", { depth: 10 }, (message) => deep.push(message));
      await until(() => deep.length >= 5);
      const seqs = deep.map((message) => message.seq);
      expect(seqs).toEqual([...seqs].sort((left, right) => left - right));
      const shallow = await first<StreamMessage<"orderbook">>((on) =>
        stream.market("orderbook", "BTC/USD", { depth: 3 }, on),
      );
      expect([shallow.data.bids.length, shallow.data.asks.length]).toEqual([3, 3]);
      expect(stream.state.get().status).toBe("open");
      stream.close();
    });

    it("reads the terminal contract's decimals digit by digit", async () => {
      const risk = await platform.get("/api/risk/portfolio");
      expect(typeof risk.limits).toBe("object");
      const path = { instrument: "BTC/USD" };
      const query = { timeframe: "1s", limit: 1 } as const;
      const { data } = await platform.get("/api/market-data/{instrument}/candles", { path, query });
      expect(data[0]?.close).toMatch(DECIMAL);
    });

    it("renews a token that was refused", async () => {
      // Within one second the server writes the same token again: what counts is that the session goes on.
      const renewed = await session.renew((await session.token()) ?? "");
      expect(renewed).toMatch(/^eyJ/);
      expect((await platform.get("/v1/portfolio")).data.total_value).toMatch(DECIMAL);
      await session.signOut();
      await expect(platform.get("/v1/portfolio")).rejects.toBeInstanceOf(Unauthorized);
    });
  });
});

/** Break the line as a network does: the socket is gone without a goodbye. */
function cut(client: object): void {
  const { connection } = client as { connection: { socket: WebSocket } };
  connection.socket.terminate();
}

async function until(holds: () => boolean, withinMs = 10_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
