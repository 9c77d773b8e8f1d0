/** Order books kept from their changes, each held against the checksum that the server sends along. */
import { compare, type DecimalText } from "../decimal.ts";
import { crc32 } from "./crc32.ts";
import type { Message } from "./message.ts";

interface Level {
  readonly price: DecimalText;
  readonly quantity: DecimalText;
}

/** What a message says of a book: all of it, or the levels that changed. */
interface Told {
  instrument: string;
  bids: readonly Level[];
  asks: readonly Level[];
  is_snapshot?: boolean;
  checksum?: number;
}

/** One book: null where the copy is not to be trusted, until the whole book comes again. */
interface Kept {
  sides: { bids: readonly Level[]; asks: readonly Level[] } | null;
  seq: number;
  /** The whole book has been asked for, and has not come. */
  isAsked: boolean;
  /** How often in a row the copy was wrong. */
  faults: number;
}

/** A book that is wrong this often in a row will not be put right by asking for it on the same socket. */
const FAULTS_MAX = 3;

/** What to do with a message: hand out this one, nothing, ask for the whole book again, or give the socket up. */
export type Verdict = Message | "nothing" | "ask" | "give up";

export class Books {
  private readonly kept = new Map<string, Kept>();

  /** Forget every copy: the socket is another one. */
  reset(): void {
    this.kept.clear();
  }

  /** The request for a book was answered: it has come, or there is none yet. */
  answered(instruments: readonly string[]): void {
    for (const instrument of instruments) {
      const book = this.kept.get(instrument);
      if (book !== undefined) book.isAsked = false;
    }
  }

  /** Take a message of an order book; whole books that nobody follows by changes are handed on as they are. */
  take(message: Message): Verdict {
    const told = message.data as Told;
    if (message.type === "orderbook" && told.is_snapshot !== true) return message;
    const book = this.bookOf(told.instrument);
    if (message.type === "orderbook") return this.judged(message, book, told);
    if (book.isAsked) return "nothing";
    // Changes of another depth, left a moment ago, do not follow on: they are put right with the whole book.
    if (book.sides === null || message.prev_seq !== book.seq) return this.wrong(book);
    const bids = changed(book.sides.bids, told.bids, -1);
    const asks = changed(book.sides.asks, told.asks, 1);
    return this.judged(message, book, { ...told, bids, asks });
  }

  private bookOf(instrument: string): Kept {
    const book = this.kept.get(instrument) ?? { sides: null, seq: 0, isAsked: false, faults: 0 };
    this.kept.set(instrument, book);
    return book;
  }

  private judged(message: Message, book: Kept, { checksum, is_snapshot: _, ...whole }: Told): Verdict {
    if (checksum !== checksumOf(whole)) return this.wrong(book);
    book.sides = { bids: whole.bids, asks: whole.asks };
    book.seq = message.seq ?? 0;
    book.isAsked = false;
    if (message.type === "orderbook_delta") book.faults = 0;
    return { ...message, type: "orderbook", data: whole };
  }

  private wrong(book: Kept): Verdict {
    book.sides = null;
    book.isAsked = true;
    book.faults += 1;
    return book.faults > FAULTS_MAX ? "give up" : "ask";
  }
}

/** Give the CRC-32 of `price:quantity` of each level as it is written, bids from the best, then asks, joined by `:`. */
export function checksumOf({ bids, asks }: { bids: readonly Level[]; asks: readonly Level[] }): number {
  return crc32([...bids, ...asks].map(({ price, quantity }) => `${price}:${quantity}`).join(":"));
}

/** Give a side after changes; quantity 0 takes a level away. `direction` is 1 where the lowest price is the best. */
function changed(side: readonly Level[], changes: readonly Level[], direction: 1 | -1): readonly Level[] {
  const levels = [...side];
  for (const change of changes) {
    const at = placeOf(levels, change.price, direction);
    const isThere = levels[at]?.price === change.price;
    const isGone = Number(change.quantity) === 0;
    levels.splice(at, isThere ? 1 : 0, ...(isGone ? [] : [change]));
  }
  return levels;
}

/** Find where a price is, or would be, by halving. */
function placeOf(levels: readonly Level[], price: DecimalText, direction: 1 | -1): number {
  let [low, high] = [0, levels.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (order(levels[middle]?.price ?? "0", price) * direction < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Floating point keeps the order of decimals, except that near ones may become equal. */
function order(left: DecimalText, right: DecimalText): number {
  return Number(left) - Number(right) || (left === right ? 0 : compare(left, right));
}
