import { describe, expect, it } from "vitest";
import { OutcomeUnknown } from "../src/errors.ts";
import { MemoryKeeper, sentOrder } from "../src/orders.ts";
import type { Action } from "../src/wire/actions.ts";
import { STREAM, TRADING } from "../src/wire/dialect.ts";
import { Line } from "../src/wire/line.ts";
import { type Outcome, Requests } from "../src/wire/requests.ts";
import { levelsOf } from "./model_book.ts";
import { type Chance, chanceOf, ModelServer } from "./model_server.ts";

const HISTORIES = 10_000;
const STEPS = 80;
const RESEND_WITHIN_MS = 5_000;
const BOOK = { channel: "orderbook", instrument: "BTC/USD", parameters: { depth: 5, delta: true } };

/** A client made of the line and its requests, joined to the model server step by step. */
class Play {
  readonly told: Array<[number, number]> = [];
  /** Every book that was handed out: its number, and its levels as text. */
  readonly books: Array<[number, string]> = [];
  readonly outcomes = new Map<string, Outcome | Error>();
  readonly keeper = new MemoryKeeper();
  readonly server: ModelServer;
  readonly line: Line;
  nowMs = 0;
  ordered = 0;
  private readonly chance: Chance;
  private readonly requests = new Requests(this.keeper, RESEND_WITHIN_MS);

  constructor(seed: number) {
    this.chance = chanceOf(seed);
    const isTrading = seed % 2 === 1;
    this.server = new ModelServer(isTrading ? "trading" : "private", this.chance);
    this.line = new Line(isTrading ? TRADING : STREAM, { draw: this.chance });
    for (let before = 0; before < this.chance() * 4; before += 1) this.server.happen();
    if (!isTrading) this.line.want(BOOK);
    this.act(this.line.start());
  }

  step(): void {
    this.market();
    const draw = this.chance();
    this.nowMs += Math.floor(this.chance() * 400);
    if (draw < 0.34) this.hear();
    else if (draw < 0.5) this.server.read();
    else if (draw < 0.66) this.server.happen();
    else if (draw < 0.76) this.order();
    else if (draw < 0.83) this.cut();
    else if (draw < 0.91) this.act(this.line.elapsed());
    else if (draw < 0.94) this.server.beat();
    else if (draw < 0.96) this.server.forget();
    else if (draw < 0.975) this.server.swallow();
    else if (draw < 0.985) this.act(this.line.silent());
    else this.again();
  }

  /** Let the world be kind until nothing is left to say. */
  settle(): void {
    for (let round = 0; round < 400; round += 1) {
      this.act(this.line.elapsed());
      this.server.read();
      this.hear();
      if (this.server.toClient.length + this.server.toServer.length === 0) {
        if (this.line.status === "open" && round > 50) this.again();
        if (round % 7 === 0) this.server.beat();
        if (round < 300 && round % 50 === 0) this.server.book.change();
      }
    }
  }

  private market(): void {
    const draw = this.chance();
    if (draw < 0.35) this.server.book.change();
    else if (draw < 0.4) this.server.book.fallBehind();
    else if (draw < 0.45) this.server.book.spoil();
  }

  private order(): void {
    if (this.line.status !== "open") return;
    this.ordered += 1;
    const order = sentOrder({
      symbol: "BTC/USD",
      side: "buy",
      type: "market",
      quantity: 1,
      client_order_id: `o-${this.ordered}`,
    });
    const settle = (outcome: Outcome | Error) => {
      expect(this.outcomes.has(order.client_order_id)).toBe(false);
      this.outcomes.set(order.client_order_id, outcome);
    };
    this.server.toServer.push(this.requests.order(this.line.nextId(), order, this.nowMs, settle));
  }

  private again(): void {
    if (this.line.status !== "open") return;
    this.server.toServer.push(...this.requests.again(this.nowMs));
  }

  private hear(): void {
    const message = this.server.toClient.shift();
    if (message !== undefined) this.act(this.line.received(message));
  }

  private cut(): void {
    if (!["connecting", "authenticating", "open"].includes(this.line.status)) return;
    // What was on its way may still arrive, in part, on either side.
    while (this.chance() < 0.5 && this.server.toServer.length > 0) this.server.read();
    while (this.chance() < 0.5 && this.server.toClient.length > 0) this.hear();
    this.act(this.line.lost(1006, ""));
  }

  private act(actions: readonly Action[]): void {
    for (const action of actions) {
      if (action.do === "connect") this.server.connect(action.fromSeq);
      else if (action.do === "sign") this.act(this.line.signed({ type: "authenticate" }));
      else if (action.do === "send") this.server.toServer.push(action.message);
      else if (action.do === "ready") this.again();
      else if (action.do === "wait" || action.do === "stop") {
        this.server.cut();
        this.requests.lost();
      } else if (action.do === "deliver") {
        this.requests.heard(action.message);
        const { type, seq, part, data } = action.message;
        if (type === "orderbook") this.books.push([seq ?? 0, levelsOf(data as never)]);
        if (["order_update", "account_event"].includes(type) && seq !== undefined)
          this.told.push([seq, part ?? 1]);
      }
    }
  }
}

function played(seed: number): Play {
  const play = new Play(seed);
  for (let step = 0; step < STEPS; step += 1) play.step();
  play.settle();
  return play;
}

/** All that should have been told from the first event told on, and was not told to be gone. */
function expected(play: Play): Array<[number, number]> {
  const first = play.told[0]?.[0] ?? play.server.latest + 1;
  const all: Array<[number, number]> = [];
  for (let seq = first; seq <= play.server.latest; seq += 1) {
    for (let part = 1; part <= play.server.partsOf(seq); part += 1) all.push([seq, part]);
  }
  return all;
}

describe(`${HISTORIES} random histories of sockets`, () => {
  const plays = Array.from({ length: HISTORIES }, (_, seed) => ({ seed, play: played(seed) }));

  it("end connected, and up to date", () => {
    for (const { seed, play } of plays) {
      expect(play.line.status, `seed ${seed}`).toBe("open");
      expect(play.line.lastSeq, `seed ${seed}`).toBe(play.server.latest);
    }
  });

  it("tell every private message once and in order, unless the server said it was gone", () => {
    for (const { seed, play } of plays) {
      const order = play.told.map(([seq, part]) => seq * 10 + part);
      for (let at = 1; at < order.length; at += 1) {
        if ((order[at] ?? 0) <= (order[at - 1] ?? 0))
          throw new Error(`seed ${seed}: told twice or backwards: ${order}`);
      }
      const told = new Set(order);
      const isGone = (seq: number) => play.server.forgotten.some(([after, to]) => seq > after && seq <= to);
      for (const [seq, part] of expected(play)) {
        if (!told.has(seq * 10 + part) && !isGone(seq))
          throw new Error(`seed ${seed}: ${seq}/${part} was never told`);
      }
    }
  });

  it("hand out no book that the server never had, and end with the one it has", () => {
    for (const { seed, play } of plays) {
      for (const [seq, levels] of play.books) {
        if (levels !== play.server.book.had.get(seq))
          throw new Error(`seed ${seed}: not the book at ${seq}: ${levels}`);
      }
      if (seed % 2 === 0) expect(play.books.at(-1)?.[0], `seed ${seed}`).toBe(play.server.book.seq);
    }
  });

  it("place no order twice, and leave none without an outcome", () => {
    for (const { seed, play } of plays) {
      for (const [id, count] of play.server.placed) expect(count, `seed ${seed} ${id}`).toBe(1);
      expect(play.outcomes.size, `seed ${seed}`).toBe(play.ordered);
      for (const [id, outcome] of play.outcomes) {
        if (outcome instanceof Error) expect(outcome, `seed ${seed} ${id}`).toBeInstanceOf(OutcomeUnknown);
        else expect(play.server.placed.has(id), `seed ${seed} ${id}`).toBe(true);
      }
    }
  });

  it("keep the order in doubt for whoever asks later, and only that one", () => {
    for (const { play } of plays) {
      const doubtful = [...play.outcomes].filter(([, outcome]) => outcome instanceof Error).map(([id]) => id);
      expect(
        play.keeper
          .pending()
          .map((order) => order.client_order_id)
          .sort(),
      ).toEqual(doubtful.sort());
    }
  });

  it("are worth the name: they lose connections, resume, resync, and doubt", () => {
    const all = plays.map(({ play }) => play);
    expect(all.filter((play) => play.server.forgotten.length > 0).length).toBeGreaterThan(HISTORIES / 50);
    expect(
      all.filter((play) => [...play.outcomes.values()].some((one) => one instanceof Error)).length,
    ).toBeGreaterThan(10);
    expect(all.reduce((count, play) => count + play.ordered, 0)).toBeGreaterThan(HISTORIES);
    expect(all.reduce((count, play) => count + play.server.book.spoilt, 0)).toBeGreaterThan(HISTORIES / 10);
    expect(all.reduce((count, play) => count + play.books.length, 0)).toBeGreaterThan(HISTORIES * 2);
  });
});
