/** A socket whose other end is the test. */
import type { SocketLike } from "@openbell/sdk";

type Said = Record<string, unknown>;

export class FakeSocket implements SocketLike {
  static all: FakeSocket[] = [];
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  readonly url: string;
  readonly sent: Said[] = [];
  isOpen = true;

  constructor(url: string) {
    this.url = url;
    FakeSocket.all.push(this);
  }

  /** The latest one that is open. */
  static get live(): FakeSocket {
    const found = FakeSocket.all.filter((socket) => socket.isOpen).at(-1);
    if (found === undefined) throw new Error("no socket is open");
    return found;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Said);
  }

  close(): void {
    this.isOpen = false;
  }

  /** The server says something. Numbers are given as text, to be written digit by digit. */
  say(text: string | Said): void {
    const data = typeof text === "string" ? text : JSON.stringify(text);
    (this.onmessage as ((event: { data: string }) => void) | null)?.({ data });
  }

  /** The network fails. */
  drop(code = 1006): void {
    this.isOpen = false;
    (this.onclose as ((event: { code: number; reason: string }) => void) | null)?.({ code, reason: "" });
  }
}

let seq = 0;

export function quote(symbol: string, price: string): string {
  seq += 1;
  return (
    `{"type":"quote","channel":"quotes","symbol":"${symbol}","seq":${seq},"prev_seq":${seq - 1},"data":{"symbol":"${symbol}",` +
    `"bid":${price},"bid_quantity":1,"ask":${price},"ask_quantity":2.50,"price":${price},"change":-0.10,` +
    `"change_percent":1.25,"volume":12.5,"timestamp":"2026-01-25T22:30:00Z"}}`
  );
}

export function book(symbol: string, levels: number): string {
  const side = (from: number) =>
    Array.from({ length: levels }, (_, at) => `{"price":${from + at}.10,"quantity":1.0}`).join(",");
  return (
    `{"type":"orderbook","channel":"orderbook","symbol":"${symbol}","seq":1,"prev_seq":0,"data":{"symbol":"${symbol}",` +
    `"bids":[${side(100)}],"asks":[${side(101)}],"sequence":1,"timestamp":"2026-01-25T22:30:00Z"}}`
  );
}
