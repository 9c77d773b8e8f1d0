import { AccountStream, MarketDataWebSocket, StreamMarket } from "@openbell/sdk";
import { act, cleanup, render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  MarketDataProvider,
  MarketStore,
  type Pace,
  useLastTrade,
  useOrderBook,
  useSymbol,
  useTrades,
} from "../src/index.ts";
import { FakeSocket } from "./fake_socket.ts";

const settled = () => act(async () => void (await new Promise((resolve) => setTimeout(resolve, 0))));
const say = (text: Parameters<FakeSocket["say"]>[0]) =>
  act(async () => {
    FakeSocket.live.say(text);
    await Promise.resolve();
  });

function streamOf() {
  return new AccountStream({
    url: "ws://test/ws",
    ticket: async () => "once",
    WebSocket: FakeSocket,
    draw: () => 0,
  });
}

async function shown(children: ReactNode, how: { pace?: Pace } = {}) {
  const store = new MarketStore(new StreamMarket(streamOf()), how);
  render(<MarketDataProvider store={store}>{children}</MarketDataProvider>);
  await settled();
  await say({ type: "connected", data: { seq: 0 } });
}

const trade = (price: string, id: string) =>
  `{"type":"tick","channel":"trades","seq":1,"prev_seq":0,"data":{"instrument":"AAPL","price":${price},"quantity":1,"trade_id":"${id}"}}`;

function Last() {
  const { price, move, error } = useLastTrade("AAPL");
  const { trades } = useTrades("AAPL");
  return <p data-testid="last">{error?.message ?? `${price} ${move} ${trades.length}`}</p>;
}

beforeEach(() => {
  FakeSocket.all = [];
});
afterEach(cleanup);

describe("the market of an account's stream", () => {
  it("gives the last trade with the way the price went, over one subscription", async () => {
    await shown(<Last />);
    await say(trade("10.10", "a"));
    expect(screen.getByTestId("last").textContent).toBe("10.10 0 1");
    await say(trade("10.05", "b"));
    await say(trade("10.05", "c"));
    expect(screen.getByTestId("last").textContent).toBe("10.05 -1 3");
    expect(FakeSocket.live.sent.filter((said) => said["type"] === "subscribe")).toHaveLength(1);
  });

  it("does not show the trade twice that a new connection begins with", async () => {
    await shown(<Last />);
    await say(trade("10.10", "a"));
    await say(trade("10.10", "a"));
    expect(screen.getByTestId("last").textContent).toBe("10.10 0 1");
  });

  it("shows a book that follows its changes", async () => {
    function Best() {
      const { orderBook } = useOrderBook("X", { depth: 5 });
      return <p data-testid="best">{orderBook?.bids[0]?.price}</p>;
    }
    await shown(<Best />);
    const [asked] = FakeSocket.live.sent;
    expect(asked).toMatchObject({ channel: "orderbook", parameters: { depth: 5, delta: true } });
    const told = `"data":{"instrument":"X","bids":[{"price":149.98,"quantity":5}],"asks":[{"price":150.01,"quantity":2}],"is_snapshot":true,"checksum":1916404559}`;
    await say(`{"type":"orderbook","channel":"orderbook","seq":1,"prev_seq":1,${told}}`);
    expect(screen.getByTestId("best").textContent).toBe("149.98");
  });

  it("says that it has no quotes, and where there are some", async () => {
    function Price() {
      const { error } = useSymbol("AAPL");
      return <p data-testid="why">{error?.message}</p>;
    }
    await shown(<Price />);
    expect(screen.getByTestId("why").textContent).toMatch(/quotes/);
  });

  it("says which instrument the server does not know", async () => {
    await shown(<Last />);
    const [asked] = FakeSocket.live.sent;
    const error = { code: "INVALID_SUBSCRIPTION", message: "unknown instruments: AAPL" };
    await say({ type: "error", id: asked?.["id"], error });
    expect(screen.getByTestId("last").textContent).toMatch(/unknown/);
  });

  it("tells its components as often as its pace allows, of the newest alone", async () => {
    const due: Array<() => void> = [];
    await shown(<Last />, { pace: (work) => void due.push(work) });
    await say(trade("1.10", "a"));
    await say(trade("2.20", "b"));
    expect(screen.getByTestId("last").textContent).toBe("null 0 0");
    await act(async () => {
      for (const work of due) work();
    });
    expect(screen.getByTestId("last").textContent).toBe("2.20 1 2");
  });
});

describe("a provider", () => {
  it("leaves the connection of a store alone that somebody else looks after", async () => {
    const socket = new MarketDataWebSocket({ url: "ws://test", WebSocket: FakeSocket });
    const view = render(
      <MarketDataProvider store={new MarketStore(socket)} autoConnect={false}>
        <p />
      </MarketDataProvider>,
    );
    expect(FakeSocket.all).toHaveLength(0);
    void socket.connect().catch(() => undefined);
    await settled();
    view.unmount();
    expect(FakeSocket.live.isOpen).toBe(true);
    socket.disconnect();
  });
});
