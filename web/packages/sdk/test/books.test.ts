import { describe, expect, it } from "vitest";
import { checksumOf } from "../src/wire/books.ts";
import { STREAM } from "../src/wire/dialect.ts";
import { Line } from "../src/wire/line.ts";
import type { Message } from "../src/wire/message.ts";

type Level = { price: string; quantity: string };
const level = (price: string, quantity: string): Level => ({ price, quantity });
const BIDS = [level("149.98", "5"), level("99.5", "1")];
const ASKS = [level("150.01", "2")];
const TOPIC = { channel: "orderbook", instrument: "X", parameters: { depth: 10, delta: true } };

function said(type: string, seq: number, prev_seq: number, data: object): Message {
  return { type, channel: "orderbook", seq, prev_seq, data: { instrument: "X", ...data } };
}
function whole(seq: number, bids = BIDS, asks = ASKS): Message {
  const data = { bids, asks, is_snapshot: true, checksum: checksumOf({ bids, asks }) };
  return said("orderbook", seq, seq, data);
}
function change(
  seq: number,
  prev: number,
  told: { bids?: Level[]; asks?: Level[] },
  checksum: number,
): Message {
  return said("orderbook_delta", seq, prev, { bids: [], asks: [], ...told, checksum });
}

function following(): Line {
  const line = new Line(STREAM);
  line.start();
  line.received({ type: "connected", data: { seq: 0 } });
  line.want(TOPIC);
  line.flush();
  return line;
}

describe("a book told by its changes", () => {
  it("has the checksum that the server's document gives for this book", () => {
    expect(checksumOf({ bids: [level("149.98", "5")], asks: [level("150.01", "2")] })).toBe(1_916_404_559);
  });

  it("is handed out whole after every change, in the order of prices and not of texts", () => {
    const line = following();
    line.received(whole(3));
    const bids = [level("149.98", "5"), level("100", "7")];
    const asks = [level("150.01", "2"), level("1000", "4")];
    const told = { bids: [level("99.5", "0"), level("100", "7")], asks: [level("1000", "4")] };
    const [action] = line.received(change(5, 3, told, checksumOf({ bids, asks })));
    expect(action).toMatchObject({
      do: "deliver",
      message: { type: "orderbook", seq: 5, data: { bids, asks } },
    });
  });

  it("is asked for again where its checksum differs, once, and not shown until it has come", () => {
    const line = following();
    line.received(whole(3));
    const told = { asks: [level("150.01", "3")] };
    expect(line.received(change(4, 3, told, 1))).toMatchObject([
      {
        do: "send",
        message: { type: "unsubscribe", instruments: ["X"], parameters: { depth: 10, delta: true } },
      },
      {
        do: "send",
        message: { type: "subscribe", instruments: ["X"], parameters: { depth: 10, delta: true } },
      },
    ]);
    expect(line.received(change(5, 4, told, 1))).toEqual([]);
    expect(line.received(whole(6))).toMatchObject([{ do: "deliver", message: { seq: 6 } }]);
  });

  it("is asked for again where a change is missing", () => {
    const line = following();
    line.received(whole(3));
    expect(line.received(change(9, 8, {}, checksumOf({ bids: BIDS, asks: ASKS })))).toHaveLength(2);
  });

  it("is asked for again where changes come and there was no book to begin with", () => {
    const line = following();
    expect(line.received(change(1, 0, { bids: [level("1", "1")] }, 0))).toHaveLength(2);
    line.received({ type: "subscribed", channel: "orderbook", instruments: ["X"], seq: 1 });
    expect(line.received(change(2, 1, { bids: [level("2", "1")] }, 0))).toHaveLength(2);
  });

  it("that stays wrong is given up with the socket", () => {
    const line = following();
    const wrong = () => {
      line.received(whole(3));
      return line.received(change(4, 3, {}, 1));
    };
    for (let fault = 1; fault <= 3; fault += 1) expect(wrong()).toHaveLength(2);
    expect(wrong()).toMatchObject([{ do: "wait" }]);
    expect(line.elapsed()).toMatchObject([{ do: "connect" }]);
  });

  it("of another depth takes its place at once", () => {
    const line = following();
    line.received(whole(3));
    line.drop(TOPIC);
    line.want({ ...TOPIC, parameters: { depth: 20, delta: true } });
    expect(line.flush()).toMatchObject([
      { message: { type: "unsubscribe", parameters: { depth: 10 } } },
      { message: { type: "subscribe", parameters: { depth: 20 } } },
    ]);
    const late = change(4, 3, {}, checksumOf({ bids: BIDS, asks: ASKS }));
    expect(line.received(late)).toMatchObject([{ do: "deliver" }]);
    expect(line.received(whole(2))).toMatchObject([{ do: "deliver", message: { seq: 2 } }]);
  });

  it("that somebody takes whole, without a checksum, is handed on as it is", () => {
    const message = said("orderbook", 3, 2, { bids: BIDS, asks: ASKS });
    expect(following().received(message)).toEqual([{ do: "deliver", message }]);
  });
});
