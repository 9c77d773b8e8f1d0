/** What a bad day could cost. */
import type { PortfolioRisk } from "../../api/types.ts";
import { fraction, money } from "../../format/amounts.ts";
import { sentence } from "../../format/words.ts";
import { Empty, Panel } from "../../ui/panel.tsx";

export function VarPanel({ risk }: { risk: PortfolioRisk }) {
  const { value_at_risk: rows, currency, observations, timeframe } = risk;
  const note = timeframe ? `${observations} returns of ${timeframe}` : undefined;
  if (rows.every((row) => row.var === null)) {
    return (
      <Panel title="Value at risk, one day">
        <Empty icon="risk" title="Not enough history yet">
          It is worked out from the returns of what you hold.
        </Empty>
      </Panel>
    );
  }
  return (
    <Panel title="Value at risk, one day" layout="flush" note={note}>
      <table className="table compact">
        <thead>
          <tr>
            <th scope="col">Method</th>
            <th scope="col" className="num">
              Level
            </th>
            <th scope="col" className="num">
              Loss
            </th>
            <th scope="col" className="num">
              Beyond it
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.method}-${row.confidence}`}>
              <td>{sentence(row.method)}</td>
              <td className="num">{fraction(row.confidence, 0)}</td>
              <td className="num">{money(row.var, currency, 0)}</td>
              <td className="num dim">{money(row.cvar, currency, 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
