// The `ws` package of Node: a server whose clients are sent to in turn, without compression.
import { createInterface } from "node:readline";
import { WebSocketServer } from "ws";

const LENGTH = 154;
const LATE_MAX_MS = 10;
const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]), perMessageDeflate: false });
let perMs = 0;
let due = 0;
let last = performance.now();

createInterface({ input: process.stdin }).on("line", (line) => {
  perMs = Number(line) / 1000;
});

function tick() {
  const bare = `{"type":"tick","channel":"ticks","symbol":"BTC/USD","price":"50000.10","quantity":"1.00000000","trade_id":"${process.hrtime.bigint()}"`;
  return `${bare.padEnd(LENGTH - 1)}}`;
}

function look() {
  const now = performance.now();
  due = Math.min(due + (now - last) * perMs, Math.max(1, perMs * LATE_MAX_MS));
  last = now;
  for (; due >= 1; due -= 1) {
    const text = tick();
    for (const client of server.clients) client.send(text);
  }
  setTimeout(look, perMs ? Math.min(Math.max((1 - due) / perMs, 1), 50) : 50);
}

look();
