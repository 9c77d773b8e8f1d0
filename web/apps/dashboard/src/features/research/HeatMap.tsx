/** A metric over two parameters: the broad warm field is worth more than the single hot cell. */
import { sentence } from "../../format/words.ts";
import { Panel } from "../../ui/panel.tsx";

export interface HeatData {
  readonly objective: string;
  readonly x: string;
  readonly y: string;
  readonly x_values: readonly (number | string)[];
  readonly y_values: readonly (number | string)[];
  /** A row for each x value, a cell for each y value. */
  readonly values: readonly (readonly (number | null)[])[];
}

export function HeatMap({ data }: { data: HeatData }) {
  const all = data.values.flat().filter((value) => value !== null);
  const low = Math.min(...all);
  const span = Math.max(...all) - low || 1;
  const best = Math.max(...all);
  // Rows of the table are y, columns are x, whichever way round the values came.
  const isByX = data.values.length === data.x_values.length;
  const at = (x: number, y: number) => (isByX ? data.values[x]?.[y] : data.values[y]?.[x]) ?? null;
  return (
    <Panel
      title={`${sentence(data.objective)} by ${data.x} and ${data.y}`}
      layout="flush"
      note="Trust a broad field more than a single peak"
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard */}
      <section className="table-wrap" aria-label="Heat map" tabIndex={0}>
        <table className="heat map">
          <thead>
            <tr>
              <th scope="col">
                {data.y} ↓ {data.x} →
              </th>
              {data.x_values.map((value) => (
                <th key={String(value)} scope="col">
                  {value}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.y_values.map((yValue, y) => (
              <tr key={String(yValue)}>
                <th scope="row">{yValue}</th>
                {data.x_values.map((xValue, x) => {
                  const value = at(x, y);
                  const part = value === null ? 0 : Math.round(((value - low) / span) * 68 + 4);
                  return (
                    <td
                      key={String(xValue)}
                      className={value === best ? "best" : ""}
                      style={
                        value === null
                          ? undefined
                          : {
                              background: `color-mix(in srgb, var(--accent-strong) ${part}%, var(--panel-2))`,
                            }
                      }
                      title={`${data.x} ${xValue}, ${data.y} ${yValue}`}
                    >
                      {value === null ? "–" : value.toFixed(2)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Panel>
  );
}
