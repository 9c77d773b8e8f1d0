/** A server small enough to be obviously right: numbered events, replay, orders by client order id, frames that get lost. */
import type { Message } from "../src/wire/message.ts";
import { ModelBook } from "./model_book.ts";

export type Chance = () => number;

/** Give chance that one seed repeats. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Said = Record<string, unknown>;

export class ModelServer {
  /** How often each order was placed: more than once is what must never be. */
  readonly placed = new Map<string, number>();
  /** Spans of events that were told to be gone: after the first number, up to and with the second. */
  readonly forgotten: Array<[number, number]> = [];
  readonly book: ModelBook;
  latest = 0;
  toClient: Message[] = [];
  toServer: Said[] = [];
  private readonly channel: string;
  private readonly chance: Chance;
  private readonly history: Array<{ seq: number; parts: number; clientOrderId?: string }> = [];
  private horizon = 0;
  private isIn = false;

  constructor(channel: string, chance: Chance) {
    this.channel = channel;
    this.chance = chance;
    this.book = new ModelBook(this, chance);
  }

  connect(fromSeq: number | null): void {
    this.toClient = [{ type: "connected", data: { seq: this.latest } }];
    this.toServer = [];
    this.book.leave();
    this.isIn = this.channel === "private";
    if (this.isIn) this.replay(fromSeq);
  }

  cut(): void {
    this.toClient = [];
    this.toServer = [];
    this.book.leave();
    this.isIn = false;
  }

  /** Something happens to the account, whoever caused it. */
  happen(clientOrderId?: string): void {
    this.latest += 1;
    const event = { seq: this.latest, parts: 1 + Math.floor(this.chance() * 3) };
    this.history.push(clientOrderId === undefined ? event : { ...event, clientOrderId });
    if (this.isIn) this.tell(event.seq);
  }

  /** Old events go. */
  forget(): void {
    this.horizon = Math.max(this.horizon, this.latest - 3);
  }

  /** Something between the two swallows an event. */
  swallow(): void {
    const at = this.toClient.findIndex((message) => message.seq !== undefined && message.part !== undefined);
    if (at >= 0) this.toClient.splice(at, 1);
  }

  /** A heartbeat overtakes whatever waits. */
  beat(): void {
    const beat: Message = { type: "heartbeat", data: { seq: { [this.channel]: String(this.latest) } } };
    if (this.isIn && this.toClient.every((one) => !["connected", "authenticated"].includes(one.type))) {
      this.toClient.unshift(beat);
    }
  }

  /** Read one message of the client. */
  read(): void {
    const said = this.toServer.shift();
    if (said === undefined) return;
    const id = said["id"] as string;
    if (said["type"] === "authenticate") {
      this.isIn = true;
      this.toClient.push({ type: "authenticated", id, data: { seq: this.latest } });
      this.replay((said["from_seq"] as number | undefined) ?? null);
    } else if (said["channel"] === "orderbook") {
      this.book.asked(said);
    } else if (said["type"] === "subscribe") {
      this.replay(said["from_seq"] as number);
      this.toClient.push({ type: "subscribed", id, channel: this.channel, seq: this.latest });
    } else if (said["type"] === "order")
      this.order(id, (said["order"] as { client_order_id: string }).client_order_id);
    else if (said["type"] === "ping") this.toClient.push({ type: "pong", id });
  }

  private order(id: string, clientOrderId: string): void {
    if (!this.isIn) return;
    if (this.chance() < 0.1) {
      this.toClient.push({ type: "error", id, error: { code: "REQUEST_IN_PROGRESS", retry_after: 1 } });
      return;
    }
    const isKnown = this.placed.has(clientOrderId);
    if (!isKnown) {
      this.placed.set(clientOrderId, (this.placed.get(clientOrderId) ?? 0) + 1);
      this.happen(clientOrderId);
    }
    const data = { client_order_id: clientOrderId };
    this.toClient.push({ type: "order_ack", id, data, ...(isKnown ? { replayed: true } : {}) } as Message);
  }

  private replay(fromSeq: number | null): void {
    if (fromSeq === null || fromSeq >= this.latest) return;
    if (fromSeq < this.horizon) {
      this.forgotten.push([fromSeq, this.latest]);
      this.toClient.push({ type: "resync", channel: this.channel, seq: this.latest });
      this.toClient.push({ type: "snapshot", channel: this.channel, seq: this.latest, data: { orders: [] } });
      return;
    }
    for (let seq = fromSeq + 1; seq <= this.latest; seq += 1) this.tell(seq);
  }

  private tell(seq: number): void {
    const event = this.history[seq - 1];
    if (event === undefined) return;
    for (let part = 1; part <= event.parts; part += 1) {
      const { clientOrderId, parts } = event;
      const isOrder = part === 1 && clientOrderId !== undefined;
      const data = isOrder ? { client_order_id: clientOrderId } : {};
      this.toClient.push({
        type: isOrder ? "order_update" : "account_event",
        channel: this.channel,
        seq,
        part,
        parts,
        data,
      });
    }
  }

  partsOf(seq: number): number {
    return this.history[seq - 1]?.parts ?? 0;
  }
}
