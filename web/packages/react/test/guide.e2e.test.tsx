/** The guide's snippets compile, and do against a started server what the guide says; `OPENBELL_TEST_URL` says where. */
import { join } from "node:path";
import { NotFound, type TradingWebSocket, tradingAPI } from "@openbell/sdk";
import { act, cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { type ComponentType, createElement } from "react";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { WebSocket as NodeSocket } from "ws";
import { complaints, hasGuide, MODULES, writeModules } from "./guide.ts";

const BASE = process.env["OPENBELL_TEST_URL"] ?? "";
const PRINTED = "localhost:8000";
const HOST = BASE.replace(/^https?:\/\//, "");

/** The server that the guide means is the one under test. */
class ServedSocket extends NodeSocket {
  constructor(url: string) {
    super(url.replace(PRINTED, HOST));
  }
}

async function snippet(name: string): Promise<Record<string, unknown>> {
  return (await import(/* @vite-ignore */ join(MODULES, name))) as Record<string, unknown>;
}

describe.skipIf(!hasGuide)("the guide's snippets", () => {
  let modules: string[] = [];
  beforeAll(() => {
    modules = writeModules();
  });

  it("compile as printed, imports apart", { timeout: 60_000 }, () => {
    expect(complaints(modules)).toEqual([]);
  });

  describe.skipIf(BASE === "")("run as printed", () => {
    const said = vi.spyOn(console, "log").mockImplementation(() => undefined);
    const heard = (what: string) => said.mock.calls.find(([text]) => text === what)?.[1];
    beforeEach(async () => {
      said.mockClear();
      vi.stubGlobal("WebSocket", ServedSocket);
      const served = globalThis.fetch;
      vi.stubGlobal("fetch", (input: string, init: RequestInit) =>
        served(input.replace(PRINTED, HOST), init),
      );
      tradingAPI.configure({ baseUrl: "http://localhost:8000/api/v1" });
      tradingAPI.setCredentials("demo_api_key", "demo_secret");
      for (const order of await tradingAPI.getOrders({ status: "open" }))
        await tradingAPI.cancelOrder(order.order_id);
    });
    afterEach(() => {
      cleanup();
      vi.unstubAllGlobals();
    });

    it("quotes, trades and books arrive", async () => {
      const { marketDataWS } = await snippet("market_data_socket.ts");
      await waitFor(() => expect(heard("Quote update:")).toMatchObject({ symbol: "BTC/USD" }), {
        timeout: 8_000,
      });
      await waitFor(() => expect(heard("Trade update:")).toMatchObject({ symbol: "BTC/USD" }), {
        timeout: 8_000,
      });
      await waitFor(() => expect(heard("Order book update:")).toHaveProperty("bids"), { timeout: 8_000 });
      (marketDataWS as { disconnect(): void }).disconnect();
    });

    it("an order is sent, and its updates arrive", async () => {
      const { tradingWS } = await snippet("trading_socket.ts");
      await waitFor(() => expect(heard("Order update:")).toMatchObject({ price: "43000", quantity: "1" }));
      (tradingWS as TradingWebSocket).disconnect();
    });

    it("an order is created and listed, and the cancel of one that is not there is refused", async () => {
      const before = await tradingAPI.getOrders({ per_page: 1 });
      await expect(snippet("orders.ts")).rejects.toBeInstanceOf(NotFound);
      const [newest] = await tradingAPI.getOrders({ per_page: 1 });
      expect(newest).toMatchObject({ symbol: "BTC/USD", status: "open", price: "43000" });
      expect(newest?.order_id).not.toBe(before[0]?.order_id);
    });

    it("portfolio, positions and balances are read", async () => {
      const read = await snippet("portfolio.ts");
      expect(read["portfolio"]).toHaveProperty("total_value");
      expect(Array.isArray(read["positions"])).toBe(true);
      expect(read["balances"]).toMatchObject([{ currency: "USD" }]);
    });

    it("components show live prices, and place an order by a click", { timeout: 30_000 }, async () => {
      const refused = vi.spyOn(console, "error").mockImplementation(() => undefined);
      const { MarketDataComponent } = await snippet("market_data_hooks.tsx");
      const { TradingComponent } = await snippet("trading_hooks.tsx");
      const outer = (await snippet("market_data_provider.tsx"))["App"] as ComponentType;
      const inner = (await snippet("trading_provider.tsx"))["App"] as ComponentType;
      // The guide leaves open what stands inside its providers: here the components it prints before them.
      const nest = [inner, MarketDataComponent, TradingComponent] as ComponentType[];
      vi.stubGlobal("YourTradingComponents", () => {
        const [next, ...rest] = nest;
        if (next !== inner) return nest.map((one, at) => createElement(one, { key: at }));
        nest.splice(0, nest.length, ...rest);
        return createElement(inner);
      });
      render(createElement(outer));
      await waitFor(() => expect(screen.getByText(/Price: \$\d+(\.\d+)?$/)).toBeTruthy(), { timeout: 8_000 });
      expect(screen.getByText("Status: Connected")).toBeTruthy();
      expect(screen.getByText(/^Total P&L: \$-?\d/)).toBeTruthy();
      const filled = (await tradingAPI.getOrders({ status: "filled" })).length;
      await act(async () => void fireEvent.click(screen.getByText("Buy BTC")));
      await waitFor(async () => {
        const orders = await tradingAPI.getOrders({ status: "filled" });
        expect(orders.length > filled || refused.mock.calls.length > 0).toBe(true);
      });
      expect(refused.mock.calls).toEqual([]);
    });
  });
});
