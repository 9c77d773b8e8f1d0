/** What a strategy did: its orders and fills as one log, newest first. */
import { useQuery } from "@tanstack/react-query";
import { platform } from "../../api/client.ts";
import { KEYS } from "../../api/keys.ts";
import { useInstruments } from "../../api/queries.ts";
import { terminal } from "../../api/terminal.ts";
import type { Fill, Instrument, Order } from "../../api/types.ts";
import { price, quantity, signedMoney } from "../../format/amounts.ts";
import { signOf } from "../../format/decimal.ts";
import { moment } from "../../format/moments.ts";
import { sentence } from "../../format/words.ts";
import { Empty, Loaded, Panel } from "../../ui/panel.tsx";

const SHOWN = 40;

interface Line {
  readonly id: string;
  readonly at: string;
  readonly kind: string;
  readonly text: string;
  readonly tone: string;
}

type Steps = (symbol: string) => Instrument | undefined;

function orderLine(order: Order, steps: Steps): Line {
  const what = `${sentence(order.side)} ${quantity(order.quantity, steps(order.symbol))} ${order.symbol}`;
  const at = order.limit_price ? ` at ${price(order.limit_price, steps(order.symbol))}` : "";
  const reason = order.reason ? `: ${order.reason}` : "";
  return {
    id: order.order_id,
    at: order.updated_at,
    kind: sentence(order.status_detail),
    text: `${what}${at}${reason}`,
    tone: order.status_detail === "DENIED" || order.status_detail === "REJECTED" ? "loss" : "",
  };
}

function fillLine(fill: Fill, steps: Steps): Line {
  const { instrument, side } = fill;
  const profit = signOf(fill.realized_pnl)
    ? `, ${signedMoney(fill.realized_pnl, fill.currency)} realized`
    : "";
  return {
    id: fill.trade_id,
    at: fill.timestamp,
    kind: "Fill",
    text: `${sentence(side)} ${quantity(fill.quantity, steps(instrument))} ${instrument} at ${price(fill.price, steps(instrument))}${profit}`,
    tone: side === "BUY" ? "gain" : "loss",
  };
}

export function ActivityPanel({ strategyId }: { strategyId: string }) {
  const { data: instruments = [] } = useInstruments();
  const log = useQuery({
    queryKey: [...KEYS.fills, "log", strategyId],
    queryFn: async ({ signal }) => {
      const query = { strategy_id: strategyId, per_page: SHOWN };
      const [orders, fills] = await Promise.all([
        platform.get("/v1/orders", { query, signal }),
        terminal.fills({ strategy_id: strategyId, limit: SHOWN }),
      ]);
      return { orders: orders.data, fills: fills.trades };
    },
    refetchInterval: 10_000,
  });
  const steps: Steps = (symbol) => instruments.find((one) => one.symbol === symbol);
  return (
    <Panel title="Log" layout="flush" note="Orders and fills, newest first">
      <Loaded query={log} lines={6}>
        {({ orders, fills }) => {
          const lines = [
            // A filled order is told by its fills.
            ...orders
              .filter(({ status_detail }) => status_detail !== "FILLED")
              .map((order) => orderLine(order, steps)),
            ...fills.map((fill) => fillLine(fill, steps)),
          ]
            .sort((a, b) => (a.at < b.at ? 1 : -1))
            .slice(0, SHOWN);
          if (lines.length === 0) return <Empty icon="orders" title="It has not traded yet" />;
          return (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
            <section className="log" aria-label="Log" tabIndex={0}>
              <ol>
                {lines.map((line) => (
                  <li key={line.id}>
                    <time className="faint" dateTime={line.at}>
                      {moment(line.at)}
                    </time>
                    <span className={`kind ${line.tone}`}>{line.kind}</span>
                    <span>{line.text}</span>
                  </li>
                ))}
              </ol>
            </section>
          );
        }}
      </Loaded>
    </Panel>
  );
}
