import { describe, expect, it } from "vitest";
import { OpenbellError, Unauthorized } from "../src/errors.ts";
import { type Action, type Status, TRANSITIONS } from "../src/wire/actions.ts";
import { MARKET_DATA, STREAM, TRADING } from "../src/wire/dialect.ts";
import { Line } from "../src/wire/line.ts";
import type { Message } from "../src/wire/message.ts";

const connected = (seq: number): Message => ({ type: "connected", data: { seq } });
const event = (seq: number, part = 1, parts = 1): Message => ({
  type: "order_update",
  channel: "private",
  seq,
  part,
  parts,
});
const sent = (actions: Action[]) =>
  actions.flatMap((action) => (action.do === "send" ? [action.message] : []));
const delivered = (actions: Action[]) =>
  actions.flatMap((action) => (action.do === "deliver" ? [action.message] : []));
const unauthorized = new Unauthorized({ status: 401, code: "UNAUTHORIZED", message: "no" });

function streaming(seq = 0): Line {
  const line = new Line(STREAM, { draw: () => 0.5 });
  line.start();
  line.received(connected(seq));
  return line;
}

/** Every way from one status to another, by what a caller does. */
const WAYS: Record<Status, Partial<Record<Status, (line: Line) => unknown>>> = {
  idle: { connecting: (line) => line.start(), closed: (line) => line.close() },
  connecting: {
    authenticating: (line) => line.received(connected(0)),
    open: (line) => line.received(connected(0)),
    waiting: (line) => line.lost(1006, ""),
    closed: (line) => line.close(),
  },
  authenticating: {
    open: (line) => line.received({ type: "authenticated", data: { seq: 0 } }),
    waiting: (line) => line.lost(1006, ""),
    closed: (line) => line.close(),
  },
  open: { waiting: (line) => line.lost(1006, ""), closed: (line) => line.close() },
  waiting: { connecting: (line) => line.elapsed(), closed: (line) => line.close() },
  closed: { connecting: (line) => line.start() },
};
const PATHS: Record<Status, Status[]> = {
  idle: [],
  connecting: ["connecting"],
  authenticating: ["connecting", "authenticating"],
  open: ["connecting", "open"],
  waiting: ["connecting", "waiting"],
  closed: ["closed"],
};

function lineAt(status: Status, dialect = STREAM): Line {
  const line = new Line(dialect);
  for (const next of PATHS[status]) WAYS[line.status][next]?.(line);
  expect(line.status).toBe(status);
  return line;
}

describe("moves of a connection", () => {
  for (const [from, targets] of Object.entries(TRANSITIONS) as [Status, Status[]][]) {
    for (const to of targets) {
      it(`goes from ${from} to ${to}`, () => {
        const signsIn = [from, to].includes("authenticating");
        const line = lineAt(from, signsIn ? TRADING : STREAM);
        WAYS[from][to]?.(line);
        expect(line.status).toBe(to);
      });
    }
    it(`knows no other way out of ${from}`, () => {
      expect(Object.keys(WAYS[from]).sort()).toEqual([...targets].sort());
    });
  }

  it("ignores what comes too late, in every status", () => {
    for (const status of ["idle", "waiting", "closed"] as const) {
      const line = lineAt(status);
      expect(line.received(event(1))).toEqual([]);
      expect(line.lost(1006, "")).toEqual([]);
      expect(line.silent()).toEqual([]);
      expect(line.status).toBe(status);
    }
  });
});

describe("coming back", () => {
  it("waits longer with every failure, between the floor and the cap, and starts over once open", () => {
    const line = new Line(MARKET_DATA, { draw: () => 1 });
    line.start();
    const waits = [1, 2, 3, 4, 5, 6].map(() => {
      const [action] = line.lost(1006, "");
      line.elapsed();
      return action?.do === "wait" ? action.ms : 0;
    });
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    line.received(connected(0));
    expect(line.lost(1006, "")).toMatchObject([{ do: "wait", ms: 2_000 }]);
  });

  it("never waits less than a second, whatever chance says", () => {
    const line = new Line(MARKET_DATA, { draw: () => 0 });
    line.start();
    expect(line.lost(1006, "")).toMatchObject([{ do: "wait", ms: 1_000 }]);
  });

  it("asks for the events after the last whole one", () => {
    const line = streaming(41);
    line.received(event(42));
    line.received(event(43, 1, 2));
    line.lost(1006, "");
    expect(line.elapsed()).toEqual([{ do: "connect", fromSeq: 42, isRenewed: false }]);
  });

  it("tells the rest of an event that was cut in two, and nothing twice", () => {
    const line = streaming(41);
    line.received(event(42, 1, 2));
    line.lost(1006, "");
    line.elapsed();
    line.received(connected(42));
    expect(delivered(line.received(event(42, 1, 2)))).toEqual([]);
    expect(delivered(line.received(event(42, 2, 2)))).toHaveLength(1);
    expect(line.lastSeq).toBe(42);
  });

  it("tries other credentials once, then ends with the reason", () => {
    const line = new Line(STREAM);
    line.start();
    expect(line.refused(unauthorized)).toMatchObject([{ do: "wait" }]);
    expect(line.elapsed()).toMatchObject([{ do: "connect", isRenewed: true }]);
    expect(line.refused(unauthorized)).toEqual([{ do: "stop", error: unauthorized }]);
  });

  it("goes on after an outage of whatever gives the credentials", () => {
    const line = new Line(STREAM);
    line.start();
    for (let attempt = 0; attempt < 5; attempt += 1) {
      expect(line.refused(new OpenbellError("UNREACHABLE", "gone"))).toMatchObject([{ do: "wait" }]);
      line.elapsed();
    }
  });

  it("restores every subscription in one message a form", () => {
    const line = streaming();
    for (const instrument of ["AAPL", "BTC/USD", "ETH/USD"]) line.want({ channel: "ticks", instrument });
    line.want({ channel: "candles", instrument: "AAPL", parameters: { timeframe: "1m" } });
    line.flush();
    line.lost(1006, "");
    line.elapsed();
    expect(sent(line.received(connected(0)))).toMatchObject([
      { type: "subscribe", channel: "ticks", instruments: ["AAPL", "BTC/USD", "ETH/USD"] },
      { type: "subscribe", channel: "candles", instruments: ["AAPL"], parameters: { timeframe: "1m" } },
    ]);
  });

  it("does not wait less than the server asked for", () => {
    const line = new Line(STREAM, { draw: () => 0 });
    line.start();
    const busy = new Unauthorized({ status: 429, code: "RATE_LIMIT_EXCEEDED", message: "", retryAfter: 7 });
    expect(line.refused(busy)).toMatchObject([{ do: "wait", ms: 7_000 }]);
  });
});

describe("what is heard", () => {
  it("notices a hole, asks for what is missing once, and takes it in order", () => {
    const line = streaming(1);
    expect(sent(line.received(event(4)))).toMatchObject([
      { type: "subscribe", channel: "private", from_seq: 1 },
    ]);
    expect(line.received(event(5))).toEqual([]);
    const replay = [2, 3, 4, 5].flatMap((seq) => delivered(line.received(event(seq))));
    expect(replay.map((message) => message.seq)).toEqual([2, 3, 4, 5]);
  });

  it("notices by a heartbeat that something is missing", () => {
    const line = streaming(1);
    const beat = (seq: string): Message => ({ type: "heartbeat", data: { seq: { private: seq } } });
    expect(sent(line.received(beat("1")))).toEqual([]);
    expect(sent(line.received(beat("2")))).toMatchObject([{ from_seq: 1 }]);
  });

  it("comes back where the open socket cannot fill a hole", () => {
    const line = lineAt("authenticating", TRADING);
    line.received({ type: "authenticated", data: { seq: 1 } });
    line.received({ type: "order_update", channel: "trading", seq: 3 });
    expect(line.status).toBe("waiting");
    expect(line.elapsed()).toMatchObject([{ do: "connect", fromSeq: 1 }]);
  });

  it("goes on from a resync where history is gone", () => {
    const line = streaming(5);
    line.received({ type: "resync", channel: "private", seq: 90 });
    expect(line.lastSeq).toBe(90);
    expect(delivered(line.received(event(91)))).toHaveLength(1);
  });

  it("pings after silence, and gives up without an answer", () => {
    const line = streaming();
    expect(sent(line.silent())).toMatchObject([{ type: "ping" }]);
    line.received({ type: "pong" });
    expect(sent(line.silent())).toMatchObject([{ type: "ping" }]);
    expect(line.silent()).toMatchObject([{ do: "wait" }]);
  });

  it("takes batches apart", () => {
    const line = streaming(1);
    expect(delivered(line.received({ type: "batch", messages: [event(2), event(3)] }))).toHaveLength(2);
  });

  it("tells of what concerns every account, which has no number of its own", () => {
    const line = streaming(40);
    const stop: Message = { ...event(0), type: "kill_switch" };
    expect(delivered(line.received(stop))).toEqual([stop]);
    expect(line.lastSeq).toBe(40);
    expect(delivered(line.received(event(41)))).toHaveLength(1);
  });

  it("is ready only when everything missed has been told", () => {
    const line = new Line(STREAM, { fromSeq: 1 });
    line.start();
    expect(line.received(connected(3))).toEqual([]);
    expect(line.received(event(2))).toHaveLength(1);
    expect(line.received(event(3))).toMatchObject([{ do: "deliver" }, { do: "ready" }]);
  });
});

describe("subscriptions", () => {
  it("are dropped and joined within one turn at no cost", () => {
    const line = streaming();
    const topic = { channel: "ticks", instrument: "AAPL" };
    line.want(topic);
    line.flush();
    line.drop(topic);
    line.want(topic);
    expect(line.flush()).toEqual([]);
  });

  it("find the one that is wrong among many, and keep the others", () => {
    const line = streaming();
    for (const instrument of ["A", "B", "NOPE", "D"]) line.want({ channel: "ticks", instrument });
    const refusals: Action[] = [];
    const answer = (message: Record<string, unknown>): void => {
      const names = message["instruments"] as string[];
      const id = message["id"] as string;
      const said: Message = names.includes("NOPE")
        ? { type: "error", id, error: { code: "INVALID_SUBSCRIPTION" } }
        : { type: "subscribed", id, channel: "ticks", seq: 0 };
      const actions = line.received(said);
      refusals.push(...actions.filter((action) => action.do === "refuse"));
      sent(actions).forEach(answer);
    };
    sent(line.flush()).forEach(answer);
    expect(refusals).toMatchObject([{ topic: { instrument: "NOPE" } }]);
    line.lost(1006, "");
    line.elapsed();
    expect(sent(line.received(connected(0)))).toMatchObject([{ instruments: ["A", "B", "D"] }]);
  });

  it("of an account's channel go on from the last number", () => {
    const line = streaming();
    line.want({ channel: "order_fills" });
    line.flush();
    line.received({ type: "subscribed", channel: "order_fills", seq: 4 });
    const fill = (seq: number): Message => ({ type: "order_fill", channel: "order_fills", seq });
    expect(delivered(line.received(fill(6)))).toHaveLength(1);
    expect(delivered(line.received(fill(6)))).toEqual([]);
    line.lost(1006, "");
    line.elapsed();
    expect(sent(line.received(connected(0)))).toMatchObject([{ channel: "order_fills", from_seq: 6 }]);
  });
});
