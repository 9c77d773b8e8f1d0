/** Private events into what is kept of the server: patched at once where the event says enough, asked again where not. */
import { withNextFrame } from "@openbell/react";
import type { AccountChannels, StreamMessage, Unsubscribe } from "@openbell/sdk";
import type { QueryClient } from "@tanstack/react-query";
import { KEYS } from "../api/keys.ts";
import type { Order, Portfolio, Position } from "../api/types.ts";
import { say } from "../ui/toasts.tsx";
import { count, restart, stream } from "./stream.ts";

/** Asking again is bounded: a strategy may change an order many times a second, the server allows 100 reads a minute. */
const ASK_EVERY_MS = 3_000;

type Key = readonly unknown[];

/** Marks what is old, at most every few seconds a key. */
class Refresher {
  private readonly client: QueryClient;
  private readonly waiting = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly asked = new Map<string, number>();

  constructor(client: QueryClient) {
    this.client = client;
  }

  mark(...keys: readonly Key[]): void {
    for (const key of keys) this.soon(key);
  }

  private soon(key: Key): void {
    const name = JSON.stringify(key);
    if (this.waiting.has(name)) return;
    const wait = Math.max(150, (this.asked.get(name) ?? 0) + ASK_EVERY_MS - Date.now());
    this.waiting.set(
      name,
      setTimeout(() => {
        this.waiting.delete(name);
        this.asked.set(name, Date.now());
        void this.client.invalidateQueries({ queryKey: key });
      }, wait),
    );
  }
}

type Page<Row> = { data: Row[]; meta: object };

/** Keep a client's data in step with the stream, until the returned function is called. */
export function follow(client: QueryClient): Unsubscribe {
  const old = new Refresher(client);
  const positions = new Map<string, StreamMessage<"position_update">["data"]>();

  const patchPositions = () => {
    const updates = new Map(positions);
    positions.clear();
    client.setQueryData<Page<Position>>(KEYS.positions, (page) => page && patched(page, updates));
    const known = client.getQueryData<Page<Position>>(KEYS.positions)?.data ?? [];
    if ([...updates.keys()].some((id) => !known.some((row) => row.position_id === id)))
      old.mark(KEYS.positions);
  };

  const stops = [
    stream.on("order_update", (message) => {
      count(message.seq);
      patchOrders(client, message.data);
      old.mark(KEYS.orders);
      announce(message.data);
    }),
    stream.on("trade", (message) => {
      count(message.seq);
      old.mark(KEYS.fills, KEYS.portfolio, KEYS.positions, KEYS.metrics);
    }),
    stream.on("position_update", (message) => {
      count(message.seq);
      positions.set(message.data.position_id, message.data);
      withNextFrame(patchPositions);
    }),
    stream.on("strategy_update", (message) => {
      count(message.seq);
      old.mark(KEYS.strategies);
    }),
    stream.on("alert", (message) => {
      count(message.seq);
      old.mark(KEYS.alerts);
      const { severity, message: text } = message.data;
      if (severity === "ERROR" || severity === "CRITICAL") say(text, "bad");
    }),
    stream.on("kill_switch", (message) => {
      count(message.seq);
      old.mark(KEYS.switches, KEYS.strategies, KEYS.risk);
    }),
    stream.on("account_event", (message) => {
      count(message.seq);
      old.mark(KEYS.portfolio);
    }),
    stream.on("snapshot", (message) => {
      restart(message.seq);
      void client.invalidateQueries();
    }),
    stream.account("portfolio_updates", ({ data }: AccountChannels["portfolio_updates"]) => {
      client.setQueryData<Portfolio>(KEYS.portfolio, (now) => now && { ...now, ...worth(data) });
    }),
    stream.account("runs", () => old.mark(KEYS.runs)),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function worth(data: AccountChannels["portfolio_updates"]["data"]): Partial<Portfolio> {
  const { total_value, cash, total_pnl, unrealized_pnl, realized_pnl, positions_count, timestamp } = data;
  return { total_value, cash, total_pnl, unrealized_pnl, realized_pnl, positions_count, as_of: timestamp };
}

function patched(
  page: Page<Position>,
  updates: ReadonlyMap<string, StreamMessage<"position_update">["data"]>,
) {
  const rows = page.data.flatMap((row) => {
    const update = updates.get(row.position_id);
    if (!update) return [row];
    if (Number(update.quantity) === 0) return [];
    const { unrealized_pnl, realized_pnl, current_price } = update;
    return [
      {
        ...row,
        unrealized_pnl: String(unrealized_pnl),
        realized_pnl: String(realized_pnl),
        current_price: String(current_price),
      },
    ];
  });
  return { ...page, data: rows };
}

function patchOrders(client: QueryClient, data: StreamMessage<"order_update">["data"]): void {
  client.setQueriesData<Page<Order>>({ queryKey: KEYS.orders }, (page) => {
    if (!page || !Array.isArray(page.data)) return page;
    const rows = page.data.map((row) =>
      row.order_id === data.order_id && row.revision <= Number(data.revision)
        ? { ...row, ...stateOf(data) }
        : row,
    );
    return { ...page, data: rows };
  });
}

function stateOf(data: StreamMessage<"order_update">["data"]): Partial<Order> {
  return {
    status: data.status,
    status_detail: data.status_detail as Order["status_detail"],
    filled_quantity: String(data.filled_quantity),
    remaining_quantity: String(data.remaining_quantity),
    revision: Number(data.revision),
    in_doubt: data.in_doubt,
    reason: data.reason,
    ...(data.average_price === undefined ? {} : { average_fill_price: String(data.average_price) }),
  };
}

/** Tell of what a person placed by hand and what came of it; what strategies do would be a flood. */
function announce(data: StreamMessage<"order_update">["data"]): void {
  if (data.strategy_id !== "manual") return;
  const what = `${data.side === "BUY" ? "Buy" : "Sell"} ${data.quantity} ${data.instrument}`;
  if (data.status_detail === "FILLED") say(`${what} filled at ${data.average_price ?? "market"}`);
  if (data.status_detail === "REJECTED" || data.status_detail === "DENIED")
    say(`${what} refused: ${data.reason}`, "bad");
}
