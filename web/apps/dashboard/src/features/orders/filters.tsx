/** Filters that all three lists share. */
import { useInstruments, useStrategies } from "../../api/queries.ts";

interface FilterProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function SymbolFilter({ value, onChange }: FilterProps) {
  const { data = [] } = useInstruments();
  return (
    <select
      className="select slim"
      aria-label="Instrument"
      value={value}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="">All instruments</option>
      {data.map(({ symbol }) => (
        <option key={symbol}>{symbol}</option>
      ))}
    </select>
  );
}

export function StrategyFilter({ value, onChange }: FilterProps) {
  const { data = [] } = useStrategies();
  return (
    <select
      className="select slim"
      aria-label="Strategy"
      value={value}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="">Everybody's</option>
      <option value="manual">By hand</option>
      {data.map(({ strategy_id, name }) => (
        <option key={strategy_id} value={strategy_id}>
          {name || strategy_id}
        </option>
      ))}
    </select>
  );
}
