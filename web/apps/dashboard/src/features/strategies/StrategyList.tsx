/** All strategies as cards. */
import { useState } from "react";
import { useMay } from "../../api/may.ts";
import { usePositions, useStrategies } from "../../api/queries.ts";
import type { Position, StrategyRow } from "../../api/types.ts";
import { money, signedMoney, tone } from "../../format/amounts.ts";
import { signOf } from "../../format/decimal.ts";
import { sentence } from "../../format/words.ts";
import { Status } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Empty, Loaded, Panel } from "../../ui/panel.tsx";
import { Link } from "../../ui/router.tsx";
import { ActButtons } from "./ActButtons.tsx";
import { NewStrategy } from "./NewStrategy.tsx";

export function StrategyList() {
  const strategies = useStrategies();
  const { data: positions } = usePositions();
  const mayTrade = useMay("trade");
  const [isAdding, setAdding] = useState(false);
  const add = mayTrade ? (
    <button type="button" className="button primary" onClick={() => setAdding(true)}>
      <Icon name="plus" size={15} /> New strategy
    </button>
  ) : null;
  return (
    <div className="page">
      <div className="row between">
        <p className="dim">Each trades its own ledger within your account, by the same core as a backtest.</p>
        {add}
      </div>
      <Loaded query={strategies} lines={6}>
        {(rows) =>
          rows.length === 0 ? (
            <Panel title="Strategies">
              <Empty icon="strategies" title="No strategy yet">
                Choose a kind, give it instruments, and let it trade on paper.
              </Empty>
            </Panel>
          ) : (
            <div className="cards">
              {rows.map((row) => (
                <Card
                  key={row.strategy_id}
                  strategy={row}
                  positions={(positions?.data ?? []).filter((one) => one.strategy_id === row.strategy_id)}
                />
              ))}
            </div>
          )
        }
      </Loaded>
      {isAdding ? <NewStrategy onClose={() => setAdding(false)} /> : null}
    </div>
  );
}

function Card({ strategy, positions }: { strategy: StrategyRow; positions: readonly Position[] }) {
  const { strategy_id, name, kind, symbols, timeframe, run_state, error, allocated_capital } = strategy;
  return (
    <article className="panel card" aria-label={name || strategy_id}>
      <div className="row between">
        <Link href={`/strategies/${encodeURIComponent(strategy_id)}`} className="card-title">
          {name || strategy_id}
        </Link>
        <Status status={run_state} />
      </div>
      <p className="dim">
        {sentence(kind)} · {symbols.join(", ")} · {timeframe} bars
      </p>
      {error ? <div className="note-box bad">{error}</div> : null}
      <dl className="pairs">
        <div>
          <dt>Own capital</dt>
          <dd>{signOf(allocated_capital) ? money(allocated_capital) : "Shared cash"}</dd>
        </div>
        <div>
          <dt>Open positions</dt>
          <dd>{positions.length}</dd>
        </div>
        {positions.slice(0, 2).map((position) => (
          <div key={position.position_id}>
            <dt>{position.symbol}</dt>
            <dd className={tone(position.unrealized_pnl)}>
              {signedMoney(position.unrealized_pnl, position.currency)}
            </dd>
          </div>
        ))}
      </dl>
      <div className="row">
        <ActButtons strategy={strategy} size="small" />
        <Link href={`/strategies/${encodeURIComponent(strategy_id)}`} className="button quiet small">
          Details
        </Link>
      </div>
    </article>
  );
}
