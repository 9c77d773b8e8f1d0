/** How much is at stake, and where. */
import type { PortfolioRisk } from "../../api/types.ts";
import { money, percent, tone } from "../../format/amounts.ts";
import { fixed } from "../../format/decimal.ts";
import { Figure } from "../../ui/figures.tsx";
import { Empty, Panel } from "../../ui/panel.tsx";

export function ExposurePanel({ risk }: { risk: PortfolioRisk }) {
  const { exposure, currency, concentration } = risk;
  const rows = Object.entries(exposure.by_instrument)
    .map(([symbol, amount]) => ({ symbol, amount }))
    .sort((a, b) => Math.abs(Number(b.amount)) - Math.abs(Number(a.amount)));
  const largest = Math.max(1, ...rows.map(({ amount }) => Math.abs(Number(amount))));
  return (
    <Panel title="Exposure">
      <div className="stack">
        <div className="figures">
          <Figure label="Gross" value={money(exposure.gross, currency)} />
          <Figure label="Net" value={money(exposure.net, currency)} />
          <Figure label="Leverage" value={`${fixed(risk.leverage, 2)}×`} />
          <Figure label="Drawdown now" value={percent(risk.current_drawdown_percent)} />
          <Figure label="Worst drawdown" value={percent(risk.max_drawdown_percent)} />
          <Figure label={`Beta to ${risk.beta_benchmark}`} value={fixed(risk.beta, 2)} />
          <Figure
            label="Concentration"
            value={fixed(concentration.hhi, 2)}
            more={
              concentration.largest_instrument
                ? `${percent(concentration.largest_percent, 0)} in ${concentration.largest_instrument}`
                : undefined
            }
          />
        </div>
        {rows.length === 0 ? (
          <Empty icon="risk" title="Nothing at stake">
            Exposure appears with the first position.
          </Empty>
        ) : (
          <ul className="exposures">
            {rows.map(({ symbol, amount }) => (
              <li key={symbol}>
                <span>{symbol}</span>
                <span className="track">
                  <span
                    className={Number(amount) < 0 ? "short" : "long"}
                    style={{ width: `${(Math.abs(Number(amount)) / largest) * 100}%` }}
                  />
                </span>
                <span className={Number(amount) < 0 ? tone(amount) : ""}>{money(amount, currency)}</span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Panel>
  );
}
