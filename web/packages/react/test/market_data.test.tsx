import { MarketDataWebSocket } from "@openbell/sdk";
import { act, cleanup, render, screen } from "@testing-library/react";
import { type ReactNode, StrictMode } from "react";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  MarketDataProvider,
  MarketStore,
  useMarketDataConnection,
  useOrderBook,
  useSymbol,
  useTrades,
} from "../src/index.ts";
import { book, FakeSocket, quote } from "./fake_socket.ts";

const renders = new Map<string, number>();
const count = (name: string) => renders.set(name, (renders.get(name) ?? 0) + 1);

function Price({ symbol }: { symbol: string }) {
  const { price, loading } = useSymbol(symbol);
  count(symbol);
  return <p data-testid={symbol}>{loading ? "…" : price}</p>;
}

async function shown(children: ReactNode, { strict = false } = {}) {
  const socket = new MarketDataWebSocket({
    url: "ws://test/ws/market-data",
    WebSocket: FakeSocket,
    draw: () => 0,
  });
  const store = new MarketStore(socket);
  const tree = <MarketDataProvider store={store}>{children}</MarketDataProvider>;
  const view = render(strict ? <StrictMode>{tree}</StrictMode> : tree);
  await settled();
  await say({ type: "connected", data: {} });
  return { view, store };
}

/** Let what was begun come to its end. */
const settled = () => act(async () => void (await new Promise((resolve) => setTimeout(resolve, 0))));
const say = (text: Parameters<FakeSocket["say"]>[0]) =>
  act(async () => {
    FakeSocket.live.say(text);
    await Promise.resolve();
  });
const subscriptions = () => FakeSocket.live.sent.filter((said) => said["type"] === "subscribe");

beforeEach(() => {
  FakeSocket.all = [];
  renders.clear();
});
afterEach(cleanup);

describe("market data hooks", () => {
  it("show the latest price, digit by digit", async () => {
    await shown(<Price symbol="BTC/USD" />);
    expect(screen.getByTestId("BTC/USD").textContent).toBe("…");
    await say(quote("BTC/USD", "43000.10"));
    expect(screen.getByTestId("BTC/USD").textContent).toBe("43000.10");
  });

  it("render again only where a tick is shown", async () => {
    const symbols = Array.from({ length: 50 }, (_, at) => `S${at}`);
    await shown(symbols.map((symbol) => <Price key={symbol} symbol={symbol} />));
    renders.clear();
    for (let tick = 0; tick < 4; tick += 1) await say(quote("S7", `${tick}.5`));
    expect([...renders]).toEqual([["S7", 4]]);
  });

  it("ask for all symbols of a page in one message, and share a subscription", async () => {
    await shown([
      <Price key="1" symbol="AAPL" />,
      <Price key="2" symbol="MSFT" />,
      <Price key="3" symbol="AAPL" />,
    ]);
    expect(subscriptions()).toMatchObject([{ channel: "quotes", symbols: ["AAPL", "MSFT"] }]);
  });

  it("stop a subscription with its last reader", async () => {
    const { view, store } = await shown([<Price key="a" symbol="AAPL" />, <Price key="m" symbol="MSFT" />]);
    view.rerender(
      <MarketDataProvider store={store}>
        <Price symbol="MSFT" />
      </MarketDataProvider>,
    );
    await settled();
    const left = FakeSocket.live.sent.filter((said) => said["type"] === "unsubscribe");
    expect(left).toMatchObject([{ symbols: ["AAPL"] }]);
  });

  it("live through strict mode with one connection and one subscription", async () => {
    await shown(<Price symbol="AAPL" />, { strict: true });
    expect(FakeSocket.all.filter((socket) => socket.isOpen)).toHaveLength(1);
    expect(subscriptions()).toHaveLength(1);
  });

  it("say why a symbol shows nothing", async () => {
    function Fault() {
      const { error, loading } = useSymbol("NOPE");
      return <p data-testid="fault">{loading ? "loading" : error?.message}</p>;
    }
    await shown(<Fault />);
    const [asked] = subscriptions();
    await say({
      type: "error",
      id: asked?.["id"],
      error: { code: "INVALID_SUBSCRIPTION", message: "unknown symbol" },
    });
    expect(screen.getByTestId("fault").textContent).toBe("unknown symbol");
  });

  it("cut one subscription of a book to the depth of each reader", async () => {
    function Depth({ depth }: { depth: number }) {
      const { orderBook, spread, midPrice } = useOrderBook("AAPL", { depth });
      return <p data-testid={`depth-${depth}`}>{`${orderBook?.bids.length} ${spread} ${midPrice}`}</p>;
    }
    await shown([<Depth key="5" depth={5} />, <Depth key="2" depth={2} />]);
    expect(subscriptions()).toMatchObject([
      { channel: "orderbook", symbols: ["AAPL"], parameters: { depth: 5 } },
    ]);
    await say(book("AAPL", 5));
    expect(screen.getByTestId("depth-5").textContent).toBe("5 1 100.6");
    expect(screen.getByTestId("depth-2").textContent).toBe("2 1 100.6");
  });

  it("keep the newest trades first, as many as asked for", async () => {
    function Tape() {
      const { trades } = useTrades("AAPL", { limit: 2 });
      return <p data-testid="tape">{trades.map((trade) => trade.price).join(" ")}</p>;
    }
    await shown(<Tape />);
    for (const price of ["1.10", "2.20", "3.30"]) {
      await say(
        `{"type":"trade","channel":"trades","symbol":"AAPL","data":{"symbol":"AAPL","price":${price}}}`,
      );
    }
    expect(screen.getByTestId("tape").textContent).toBe("3.30 2.20");
  });

  it("keep showing what they had while the connection is away, and say that it is old", async () => {
    function Aged() {
      const { price, isStale } = useSymbol("AAPL");
      const { isConnected, connectionState } = useMarketDataConnection();
      return <p data-testid="aged">{`${price} ${isStale} ${isConnected} ${connectionState}`}</p>;
    }
    await shown(<Aged />);
    await say(quote("AAPL", "7.0"));
    expect(screen.getByTestId("aged").textContent).toBe("7.0 false true open");
    await act(async () => FakeSocket.live.drop());
    expect(screen.getByTestId("aged").textContent).toBe("7.0 true false waiting");
  });
});
