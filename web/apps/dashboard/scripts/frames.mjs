/**
 * Measures the dashboard in a browser: first paint, the weight of what is loaded, and frame times and heap on the
 * market page while 200 ticks a second come in for 50 instruments. Everything but the ticks is the server's; the ticks
 * come from here, as no market of ours is that busy. Ends with 1 where a figure is over its budget.
 *
 *     OPENBELL_URL=http://127.0.0.1:8000 OPENBELL_PASSWORD=… node scripts/frames.mjs [seconds]
 */
import { launch, signIn, url } from "./desk.mjs";

const SECONDS = Number(process.argv[2] ?? 60);
const SYMBOLS = Array.from({ length: 50 }, (_, index) => `SYM${String(index + 1).padStart(2, "0")}`);
const TICKS_PER_SECOND = 200;
const BATCH = 5;
const BUDGET = { first_paint_ms: 1_500, frame_p95_ms: 50, heap_growth_mb: 5, gzip_kb: 350 };

const instrument = (symbol, index) => ({
  symbol,
  name: `Company ${index + 1}`,
  asset_class: "EQUITY",
  currency: "USD",
  exchange: "SIM",
  tick_size: "0.01",
  lot_size: "1.00",
  quantity_min: "1.00",
  quantity_max: "1000000.00",
  multiplier: "1.00",
  initial_margin: "1.00",
  calendar: "24/7",
  current_price: "100.00",
  bid: "99.99",
  ask: "100.01",
});

/** Speak for the server on /ws: take every subscription, and tick through all of them in turn. */
function feed(socket) {
  const said = new Map();
  const now = () => new Date().toISOString();
  const send = (message) => socket.send(JSON.stringify(message));
  send({
    type: "connected",
    timestamp: now(),
    data: {
      account_id: "acc_1",
      user: { id: "usr_1", username: "measured", roles: ["user"] },
      seq: 0,
      channels: ["trades"],
      limits: { subscriptions: 200, message_bytes: 65_536, messages_per_second: 1_000 },
      heartbeat_interval_ms: 30_000,
      idle_timeout_ms: 300_000,
    },
  });
  socket.onMessage((text) => {
    const { type, id, channel, instruments = [] } = JSON.parse(text);
    if (type === "ping") send({ type: "pong", id, timestamp: now() });
    else send({ type: `${type}d`, id, channel, instruments, seq: 0 });
  });
  let turn = 0;
  const timer = setInterval(
    () => {
      for (let index = 0; index < BATCH; index += 1) {
        const name = SYMBOLS[turn % SYMBOLS.length];
        const before = said.get(name) ?? { price: 100, seq: 0 };
        const price = Math.max(1, before.price + Math.round((Math.random() - 0.5) * 20) / 100);
        const seq = before.seq + 1;
        said.set(name, { price, seq });
        const data = { instrument: name, price, quantity: 10, timestamp: now(), trade_id: `t${turn}` };
        send({ type: "tick", channel: "trades", seq, prev_seq: seq - 1, data });
        turn += 1;
      }
    },
    (1_000 * BATCH) / TICKS_PER_SECOND,
  );
  // The browser's end closes no socket of ours: ticks alone do not keep this program going.
  timer.unref();
  socket.onClose(() => clearInterval(timer));
}

async function heapOf(session) {
  await session.send("HeapProfiler.collectGarbage");
  return (await session.send("Runtime.getHeapUsage")).usedSize / 1e6;
}

const quantile = (values, part) => [...values].sort((a, b) => a - b)[Math.floor(values.length * part)] ?? 0;
const rounded = (value) => Math.round(value * 10) / 10;

const browser = await launch();
const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
const page = await context.newPage();
await page.goto(`${url}/`);
await page.getByLabel("Password").waitFor();
const firstPaint = await page.evaluate(
  () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
);
await page.route("**/v1/instruments", (route) =>
  route.fulfill({ json: { data: SYMBOLS.map(instrument), meta: { total_count: SYMBOLS.length } } }),
);
await page.route("**/api/market-data/**", (route) =>
  route.fulfill({ json: { data: [], open: 100, last: 100 } }),
);
await page.routeWebSocket(/\/ws\?/, feed);
await signIn(page);
await page.goto(`${url}/market/${SYMBOLS[0]}`);
await page.waitForSelector(`[data-symbol="${SYMBOLS[49]}"]`);
const bytes = await page.evaluate(() =>
  performance
    .getEntriesByType("resource")
    .filter(({ name }) => /\.(js|css)$/.test(name))
    .reduce((sum, entry) => sum + (entry.encodedBodySize ?? 0), 0),
);
await page.waitForTimeout(5_000);
const session = await context.newCDPSession(page);
const heapBefore = await heapOf(session);
await page.evaluate(() => {
  const frames = [];
  globalThis.measured = { frames, changes: 0 };
  const watch = new MutationObserver((changes) => {
    globalThis.measured.changes += changes.length;
  });
  const list = document.querySelector(".watchlist");
  if (list) watch.observe(list, { subtree: true, characterData: true });
  let before = performance.now();
  const next = (now) => {
    frames.push(now - before);
    before = now;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
});
await page.waitForTimeout(SECONDS * 1_000);
const { frames, changes } = await page.evaluate(() => globalThis.measured);
const heapAfter = await heapOf(session);
await browser.close();

const figures = {
  first_paint_ms: rounded(firstPaint),
  gzip_kb: rounded(bytes / 1_000),
  seconds: SECONDS,
  price_changes_shown_per_second: rounded(changes / SECONDS),
  frames_per_second: rounded(frames.length / SECONDS),
  frame_p50_ms: rounded(quantile(frames, 0.5)),
  frame_p95_ms: rounded(quantile(frames, 0.95)),
  frame_p99_ms: rounded(quantile(frames, 0.99)),
  frame_worst_ms: rounded(Math.max(...frames)),
  heap_before_mb: rounded(heapBefore),
  heap_after_mb: rounded(heapAfter),
  heap_growth_mb: rounded(heapAfter - heapBefore),
};
const over = Object.entries(BUDGET).filter(([name, limit]) => !(figures[name] <= limit));
process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
for (const [name, limit] of over)
  process.stderr.write(`${name} is ${figures[name]}, the budget is ${limit}\n`);
process.exitCode = over.length ? 1 : 0;
