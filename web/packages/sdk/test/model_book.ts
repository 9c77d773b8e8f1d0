/** One order book told by its changes, as a small server would: what it was at every number is remembered. */
import { crc32 } from "node:zlib";
import type { Message } from "../src/wire/message.ts";
import type { Chance } from "./model_server.ts";

interface Level {
  price: string;
  quantity: string;
}
interface Sides {
  bids: Level[];
  asks: Level[];
}
type Levels = Map<string, string>;

/** Give a book as one text, as the checksum has it. */
export function levelsOf({ bids, asks }: Sides): string {
  return [...bids, ...asks].map(({ price, quantity }) => `${price}:${quantity}`).join(":");
}

function sorted(levels: Levels, direction: 1 | -1): Level[] {
  return [...levels]
    .map(([price, quantity]) => ({ price, quantity }))
    .sort((left, right) => (Number(left.price) - Number(right.price)) * direction);
}

export class ModelBook {
  /** The book's text at each number. */
  readonly had = new Map<number, string>();
  seq = 0;
  spoilt = 0;
  private readonly way: { toClient: Message[] };
  private readonly chance: Chance;
  private readonly bids: Levels = new Map([["99.5", "1"]]);
  private readonly asks: Levels = new Map([["100.5", "2"]]);
  private isJoined = false;

  constructor(way: { toClient: Message[] }, chance: Chance) {
    this.way = way;
    this.chance = chance;
    this.note();
  }

  leave(): void {
    this.isJoined = false;
  }

  /** A level changes, comes or goes. */
  change(): void {
    const isBid = this.chance() < 0.5;
    const levels = isBid ? this.bids : this.asks;
    // Prices of different lengths: as texts they would be out of order.
    const price = String((isBid ? 96 : 100) + Math.floor(this.chance() * 16) / 4);
    const quantity = String(Math.floor(this.chance() * 3));
    if ((levels.get(price) ?? "0") === quantity) return;
    if (quantity === "0") levels.delete(price);
    else levels.set(price, quantity);
    const before = this.seq;
    this.seq += 1 + Math.floor(this.chance() * 3);
    this.note();
    const changes = [{ price, quantity }];
    const told = isBid ? { bids: changes, asks: [] } : { bids: [], asks: changes };
    this.say({ type: "orderbook_delta", prev_seq: before, data: { ...told, checksum: this.checksum() } });
  }

  /** The client reads too slowly: it gets the whole book instead of the changes that wait. */
  fallBehind(): void {
    if (!this.isJoined) return;
    const { toClient } = this.way;
    const waiting = toClient.filter((one) => one.type !== "orderbook_delta");
    if (waiting.length < toClient.length) toClient.splice(0, toClient.length, ...waiting, this.whole());
  }

  /** Something on the way loses a change, or alters it. */
  spoil(): void {
    const { toClient } = this.way;
    const at = toClient.findIndex((one) => one.type === "orderbook_delta");
    const message = toClient[at];
    if (message === undefined) return;
    this.spoilt += 1;
    if (this.chance() < 0.5) toClient.splice(at, 1);
    else {
      const data = message.data as Sides;
      const [bid] = data.bids;
      const altered = bid ? { bids: [{ ...bid, quantity: "9" }] } : { bids: [{ price: "1", quantity: "7" }] };
      toClient[at] = { ...message, data: { ...data, ...altered } };
    }
  }

  /** The client subscribes or unsubscribes. */
  asked(said: Record<string, unknown>): void {
    const id = said["id"] as string;
    this.isJoined = said["type"] === "subscribe";
    if (!this.isJoined) {
      this.way.toClient.push({ type: "unsubscribed", id, channel: "orderbook", seq: this.seq });
      return;
    }
    const instruments = said["instruments"] as string[];
    const answer: Message = { type: "subscribed", id, channel: "orderbook", instruments, seq: this.seq };
    this.way.toClient.push(...(this.chance() < 0.5 ? [answer, this.whole()] : [this.whole(), answer]));
  }

  private say(message: Message): void {
    if (!this.isJoined) return;
    const data = { instrument: "BTC/USD", ...(message.data as object) };
    this.way.toClient.push({ ...message, channel: "orderbook", seq: this.seq, data });
  }

  private whole(): Message {
    const { seq } = this;
    const told = { instrument: "BTC/USD", ...this.sides(), is_snapshot: true, checksum: this.checksum() };
    return { type: "orderbook", channel: "orderbook", seq, prev_seq: seq, data: told };
  }

  private sides(): Sides {
    return { bids: sorted(this.bids, -1), asks: sorted(this.asks, 1) };
  }

  private checksum(): number {
    return crc32(levelsOf(this.sides()));
  }

  private note(): void {
    this.had.set(this.seq, levelsOf(this.sides()));
  }
}
