/** What a study found: a heat map where it searched, figures and tables for the rest. */
import { signedPercent, tone } from "../../format/amounts.ts";
import { fixed } from "../../format/decimal.ts";
import { sentence } from "../../format/words.ts";
import { Figure } from "../../ui/figures.tsx";
import { Panel } from "../../ui/panel.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { type HeatData, HeatMap } from "./HeatMap.tsx";

type Result = Readonly<Record<string, unknown>>;

interface Tried {
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly [metric: string]: unknown;
}

const said = (parameters: Readonly<Record<string, unknown>>): string =>
  Object.entries(parameters)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(", ");
const number = (value: unknown, places = 2): string =>
  typeof value === "number" && Number.isFinite(value) ? fixed(value.toFixed(8), places) : "–";

const plain = (value: unknown): string | null => (typeof value === "number" ? value.toFixed(8) : null);

export function StudyPanel({ result }: { result: Result }) {
  const heat = result["heat_map"] as HeatData | null | undefined;
  const rows = result["rows"] as readonly Tried[] | undefined;
  const best = result["best"] as Tried | undefined;
  const luck = result["luck"] as Result | undefined;
  const others = Object.entries(result).filter(([name]) => !SHOWN.has(name));
  return (
    <>
      {best ? (
        <Panel title="Best set of parameters" note={said(best.parameters)}>
          <div className="figures">
            <Figure label="Sharpe ratio" value={number(best["sharpe_ratio"])} />
            <Figure
              label="Return"
              value={signedPercent(plain(best["total_return"]))}
              tone={tone(plain(best["total_return"]))}
            />
            <Figure label="Sets tried" value={String(result["tried"] ?? "–")} />
            {luck ? (
              <>
                <Figure
                  label="Better than luck"
                  value={percentOf(luck["deflated_sharpe_probability"])}
                  more="Deflated Sharpe ratio"
                />
                <Figure
                  label="Overfitted"
                  value={percentOf(luck["overfitting_probability"])}
                  more="Chance of it"
                />
              </>
            ) : null}
          </div>
        </Panel>
      ) : null}
      {heat ? <HeatMap data={heat} /> : null}
      {rows ? (
        <Panel title="All sets" layout="flush" note={`${rows.length} backtests`}>
          <Table
            label="All sets of parameters"
            columns={COLUMNS}
            rows={rows.slice(0, 100)}
            keyOf={(row) => said(row.parameters)}
            empty={null}
          />
        </Panel>
      ) : null}
      {others.length > 0 ? (
        <Panel title={sentence(String(result["type"] ?? "Findings"))}>
          <Findings entries={others} />
        </Panel>
      ) : null}
    </>
  );
}

const SHOWN = new Set([
  "type",
  "method",
  "objective",
  "heat_map",
  "rows",
  "best",
  "luck",
  "tried",
  "skipped",
]);
const percentOf = (value: unknown): string =>
  typeof value === "number" ? `${(value * 100).toFixed(0)}%` : "–";

const COLUMNS: readonly Column<Tried>[] = [
  { name: "Parameters", cell: (row) => said(row.parameters) },
  ...(["sharpe_ratio", "total_return", "max_drawdown", "total_trades"] as const).map((name) => ({
    name: sentence(name),
    align: "right" as const,
    cell: (row: Tried) => number(row[name], name === "total_trades" ? 0 : 2),
    sort: (row: Tried) => Number(row[name] ?? Number.NEGATIVE_INFINITY),
  })),
];

/** Whatever a study tells, name by name; lists by their length and first entries. */
function Findings({ entries }: { entries: readonly (readonly [string, unknown])[] }) {
  return (
    <dl className="pairs findings">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{sentence(name)}</dt>
          <dd>
            {value !== null && typeof value === "object" && !Array.isArray(value) ? (
              <Findings entries={Object.entries(value)} />
            ) : (
              wordOf(value)
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function wordOf(value: unknown): string {
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : value.toFixed(4);
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (Array.isArray(value))
    return value.length > 8 ? `${value.length} values` : value.map(shortOf).join(", ") || "None";
  return value === null || value === undefined ? "–" : String(value);
}

const shortOf = (value: unknown): string =>
  typeof value === "number"
    ? String(Math.round(value * 1e4) / 1e4)
    : typeof value === "string"
      ? value
      : JSON.stringify(value);
