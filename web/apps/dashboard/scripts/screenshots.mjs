/**
 * Takes every page, dark, light and on a phone, into docs/guide/screenshots. Wants a server on paper with an account it
 * may trade in; on an account that holds nothing it first sets the scene.
 *
 *     OPENBELL_URL=http://127.0.0.1:8000 OPENBELL_PASSWORD=… node scripts/screenshots.mjs [page …]
 */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { api, launch, signIn, url } from "./desk.mjs";

const TARGET = join(dirname(fileURLToPath(import.meta.url)), "../../../../docs/guide/screenshots");
const LOOKS = [
  { suffix: "dark", theme: "dark", width: 1280, height: 800 },
  { suffix: "light", theme: "light", width: 1280, height: 800 },
  { suffix: "phone", theme: "dark", width: 390, height: 780 },
];
const SETTLE_MS = 2_500;

/** Trade a little, so that there is something to see. */
async function setScene(call) {
  const holdings = [
    ["BTC/USD", "0.15"],
    ["AAPL", "40"],
    ["MSFT", "12"],
    ["ETH/USD", "2.5"],
  ];
  for (const [symbol, quantity] of holdings)
    await call("POST", "/v1/orders", { symbol, side: "BUY", quantity, order_type: "MARKET" });
  await call("POST", "/v1/orders", {
    symbol: "BTC/USD",
    side: "BUY",
    quantity: "0.05",
    order_type: "LIMIT",
    limit_price: "94000",
  });
  const strategies = [
    {
      strategy_id: "maker",
      name: "ETH market maker",
      kind: "market_maker",
      symbols: ["ETH/USD"],
      timeframe: "1s",
      config: { spread_bps: "6", quote_size: "0.2", max_inventory: "2", refresh_ms: 2000 },
    },
    {
      strategy_id: "btc-trend",
      name: "BTC trend",
      kind: "sma_cross",
      symbols: ["BTC/USD"],
      timeframe: "5s",
      config: { fast: 10, slow: 40, quantity: "0.02" },
      allocated_capital: "20000",
    },
  ];
  for (const strategy of strategies) await call("POST", "/v1/strategies", strategy);
  // The browser that takes the pictures shares the machine with the server: its delays are no news.
  await call("PATCH", "/api/v1/control/parameters", { latency_alert_ms: 60000 });
}

/** A busy machine raises many warnings; the latest few tell enough. */
async function tidyInbox(call) {
  const { data } = await call("GET", "/v1/alerts?acknowledged=false&per_page=100");
  for (const { alert_id } of data.slice(4)) await call("PATCH", `/v1/alerts/${alert_id}/acknowledge`);
}

/** Have a finished run of each form, and give their ids. */
async function finishedRuns(call) {
  const range = { start_date: "2006-01-01", end_date: "2012-12-31", symbol: "GOOG" };
  const wanted = [
    { ...range, kind: "sma_cross", config: { fast: 10, slow: 30, quantity: "100" } },
    { ...range, kind: "sma_cross", config: { fast: 5, slow: 20, quantity: "100" } },
    {
      ...range,
      kind: "sma_cross",
      config: { quantity: "100" },
      study: {
        type: "sweep",
        parameters: { fast: { from: 4, to: 20, step: 4 }, slow: { from: 25, to: 60, step: 5 } },
      },
    },
  ];
  const ids = [];
  for (const body of wanted) ids.push((await call("POST", "/v1/runs", body)).data.run_id);
  for (const id of ids)
    while (["QUEUED", "RUNNING"].includes((await call("GET", `/v1/runs/${id}`)).data.status_detail))
      await new Promise((done) => setTimeout(done, 1_000));
  return ids;
}

const call = await api();
if ((await call("GET", "/v1/positions")).data.length === 0) await setScene(call);
await tidyInbox(call);
const [first, second, sweep] = await finishedRuns(call);
const strategy = (await call("GET", "/v1/strategies")).data[0]?.strategy_id;
const all = {
  overview: "/",
  market: "/market/BTC-USD",
  orders: "/orders",
  strategies: "/strategies",
  strategy: `/strategies/${strategy}`,
  research: "/research",
  "tear-sheet": `/research/${first}`,
  sweep: `/research/${sweep}`,
  compare: `/research?compare=${first},${second}`,
  catalog: "/catalog/GOOG-1d",
  risk: "/risk",
  alerts: "/alerts",
  telemetry: "/telemetry",
  system: "/system",
  settings: "/settings",
};
const asked = process.argv.slice(2);
mkdirSync(TARGET, { recursive: true });
const browser = await launch();
for (const { suffix, theme, width, height } of LOOKS) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  await page.goto(`${url}/`);
  await page.getByLabel("Password").waitFor();
  if (asked.length === 0) await page.screenshot({ path: join(TARGET, `sign-in-${suffix}.png`) });
  await signIn(page);
  for (const [name, path] of Object.entries(all)) {
    if (asked.length && !asked.includes(name)) continue;
    await page.goto(url + path);
    await page.waitForSelector('[data-line="live"]');
    await page.waitForTimeout(SETTLE_MS);
    await page.screenshot({ path: join(TARGET, `${name}-${suffix}.png`) });
  }
  await context.close();
}
await browser.close();
