import {
  type Order,
  type OrderRequest,
  type SessionAnswer,
  TradingAPI,
  TradingWebSocket,
  Unavailable,
} from "@openbell/sdk";
import { act, cleanup, render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  TradingProvider,
  TradingStore,
  useCreateOrder,
  useOrder,
  useOrders,
  usePortfolio,
  usePositions,
  useTradingConnection,
} from "../src/index.ts";
import { FakeSocket } from "./fake_socket.ts";

const renders = new Map<string, number>();
const count = (name: string) => renders.set(name, (renders.get(name) ?? 0) + 1);
const ORDER = { symbol: "BTC/USD", side: "buy", type: "limit", quantity: 1, price: 43_000 } as const;

function order(id: string, status: string, revision = 1): Record<string, unknown> {
  return {
    order_id: id,
    client_order_id: id,
    status,
    revision,
    filled_quantity: "0",
    updated_at: "2026-01-25T22:30:00Z",
  };
}

/** A server that answers by table: what is not in it is an outage. */
function apiWith(answers: Record<string, unknown>): TradingAPI {
  const api = new TradingAPI({
    baseUrl: "http://test",
    triesMax: 1,
    fetch: async (input, init) => {
      const key = `${init.method} ${new URL(input).pathname.replace("/api/v1", "")}`;
      const found = answers[key];
      if (found === undefined) return new Response("{}", { status: 503 });
      return new Response(JSON.stringify(found));
    },
  });
  api.setSession({ access_token: "t", refresh_token: "r", token: "t", expires_in: 3600 } as SessionAnswer);
  return api;
}

const ACCOUNT = {
  "GET /orders": { orders: [order("o1", "open"), order("o2", "filled")] },
  "GET /positions": {
    positions: [
      { position_id: "p1", currency: "USD", unrealized_pnl: 1.5, average_price: 10 },
      { position_id: "p2", currency: "USD", unrealized_pnl: 2.25, average_price: 10 },
    ],
    total_unrealized_pnl: 3.75,
  },
  "GET /portfolio": { total_value: 100_000.5 },
  "GET /balances": { balances: [] },
};

async function shown(children: ReactNode, answers: Record<string, unknown> = ACCOUNT) {
  const api = apiWith(answers);
  const credentials = async () => ({ token: await api.accessToken({ isRenewed: false }) });
  const socket = new TradingWebSocket({ url: "ws://test/ws/trading", WebSocket: FakeSocket, credentials });
  render(<TradingProvider store={new TradingStore(api, socket)}>{children}</TradingProvider>);
  await settled();
  await say({ type: "connected", data: {} });
  await say({ type: "authenticated", data: { seq: 0 } });
  await say({ type: "snapshot", channel: "trading", seq: 0, data: { orders: [], positions: [] } });
  await settled();
}

const settled = () => act(async () => void (await new Promise((resolve) => setTimeout(resolve, 5))));
const say = (text: Record<string, unknown>) =>
  act(async () => {
    FakeSocket.live.say(text);
    await Promise.resolve();
    await new Promise((resolve) => setTimeout(resolve, 0));
  });
let seq = 0;
const update = (data: Record<string, unknown>) => {
  seq += 1;
  return say({ type: "order_update", channel: "trading", seq, data });
};

beforeEach(() => {
  FakeSocket.all = [];
  renders.clear();
  seq = 0;
});
afterEach(cleanup);

function Lists() {
  const { orders, openOrders, filledOrders, loading } = useOrders();
  return (
    <p data-testid="lists">
      {loading ? "…" : `${orders.length} ${openOrders.length} ${filledOrders.length}`}
    </p>
  );
}

describe("trading hooks", () => {
  it("sign in by a token, and show what the account has", async () => {
    function Money() {
      const { positions, totalUnrealizedPnL } = usePositions();
      const { portfolio } = usePortfolio();
      const { isConnected } = useTradingConnection();
      return (
        <p data-testid="money">{`${positions.length} ${totalUnrealizedPnL} ${portfolio?.total_value} ${isConnected}`}</p>
      );
    }
    await shown([<Money key="m" />, <Lists key="l" />]);
    expect(FakeSocket.live.sent[0]).toMatchObject({ type: "authenticate", token: "t" });
    expect(screen.getByTestId("money").textContent).toBe("2 3.75 100000.5 true");
    expect(screen.getByTestId("lists").textContent).toBe("2 1 1");
  });

  it("follow orders as they are told", async () => {
    await shown(<Lists />);
    await update(order("o3", "open"));
    expect(screen.getByTestId("lists").textContent).toBe("3 2 1");
    await update(order("o3", "filled", 2));
    expect(screen.getByTestId("lists").textContent).toBe("3 1 2");
  });

  it("do not let an older state of an order undo a newer one", async () => {
    await shown(<Lists />);
    await update(order("o1", "filled", 3));
    await update(order("o1", "open", 2));
    expect(screen.getByTestId("lists").textContent).toBe("2 0 2");
  });

  it("render again only where an order is shown", async () => {
    function One({ id }: { id: string }) {
      const one = useOrder(id);
      count(id);
      return <p>{one?.status}</p>;
    }
    await shown([<One key="1" id="o1" />, <One key="2" id="o2" />]);
    renders.clear();
    await update(order("o1", "filled", 2));
    expect([...renders]).toEqual([["o1", 1]]);
  });

  it("add up positions exactly when a mark moves", async () => {
    function Total() {
      return <p data-testid="total">{usePositions().totalUnrealizedPnL}</p>;
    }
    await shown(<Total />);
    const data = {
      position_id: "p1",
      side: "long",
      unrealized_pnl: "0.1",
      average_price: null,
      timestamp: "",
    };
    await say({ type: "position_update", channel: "trading", data });
    expect(screen.getByTestId("total").textContent).toBe("2.35");
  });

  it("submit an order, show it at once, and say what was refused", async () => {
    let submit: (request: OrderRequest) => Promise<Order> = async () => Promise.reject();
    function Ticket() {
      const { submitOrder, loading, error, order: placed } = useCreateOrder();
      submit = submitOrder;
      return (
        <p data-testid="ticket">{`${loading} ${error?.code ?? "fine"} ${placed?.order_id ?? "none"}`}</p>
      );
    }
    const answers: Record<string, unknown> = { ...ACCOUNT, "POST /orders": order("o9", "open") };
    await shown([<Ticket key="t" />, <Lists key="l" />], answers);
    await act(async () => void (await submit(ORDER)));
    expect(screen.getByTestId("ticket").textContent).toBe("false fine o9");
    expect(screen.getByTestId("lists").textContent).toBe("3 2 1");
    delete answers["POST /orders"];
    await act(async () => void (await expect(submit(ORDER)).rejects.toBeInstanceOf(Unavailable)));
    expect(screen.getByTestId("ticket").textContent).toBe("false BAD_ANSWER none");
  });

  it("say that an account cannot be read, and stop loading", async () => {
    function Fault() {
      const { loading, error } = useOrders();
      return <p data-testid="fault">{`${loading} ${error?.name}`}</p>;
    }
    await shown(<Fault />, {});
    expect(screen.getByTestId("fault").textContent).toBe("false Unavailable");
  });
});
