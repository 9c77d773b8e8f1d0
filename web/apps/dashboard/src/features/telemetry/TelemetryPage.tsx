/** The public telemetry of the trading account, frame by frame; a red border all round while markets are wild. */
import { useState } from "react";
import { money, signedMoney, tone } from "../../format/amounts.ts";
import { fixed } from "../../format/decimal.ts";
import { ago } from "../../format/moments.ts";
import { sentence } from "../../format/words.ts";
import { useNow } from "../../live/clock.ts";
import { Figure } from "../../ui/figures.tsx";
import { Segments } from "../../ui/form.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Bones, Empty, Panel } from "../../ui/panel.tsx";
import { FrameChart } from "./FrameChart.tsx";
import { type TelemetryFrame, useTelemetry } from "./useTelemetry.ts";

const SERIES = [
  { value: "virtual_pnl" as const, label: "Profit" },
  { value: "realized_volatility" as const, label: "Volatility" },
  { value: "latency_ms" as const, label: "Latency" },
];

export default function TelemetryPage() {
  const { frames, isLive } = useTelemetry();
  const [shown, setShown] = useState<(typeof SERIES)[number]["value"]>("virtual_pnl");
  const latest = frames.at(-1);
  const isPanic = latest?.vol_state === "HIGH_VOL";
  if (!latest) return <Bones lines={10} />;
  return (
    <div className={`page ${isPanic ? "panic" : ""}`} data-testid="telemetry" data-vol={latest.vol_state}>
      {isPanic ? (
        <div className="note-box bad" role="alert">
          <Icon name="warning" />
          <span>
            <strong>High volatility.</strong> Prices move more than they have in the last hours: widen,
            reduce, or stop.
          </span>
        </div>
      ) : null}
      <Figures frame={latest} isLive={isLive} />
      <div className="cols side">
        <Panel
          title="The last minutes"
          actions={<Segments label="What to draw" value={shown} options={SERIES} onChange={setShown} />}
        >
          <FrameChart frames={frames} series={shown} />
        </Panel>
        <Panel title="Inventory" layout="flush">
          <Inventory frame={latest} />
        </Panel>
      </div>
    </div>
  );
}

function Figures({ frame, isLive }: { frame: TelemetryFrame; isLive: boolean }) {
  const now = useNow();
  const volatility = frame.realized_volatility;
  return (
    <Panel
      title="Now"
      note={isLive ? `Frame ${frame.seq}, ${ago(frame.timestamp, now)}` : "Not connected"}
      actions={
        <span className={`badge ${frame.kill_switch_active ? "bad" : "good"}`}>
          {frame.kill_switch_active ? "Kill switch on" : "Trading allowed"}
        </span>
      }
    >
      <div className="figures" data-stale={!isLive}>
        <Figure
          label="Profit after all costs"
          size="big"
          value={signedMoney(frame.virtual_pnl, frame.currency)}
          tone={tone(frame.virtual_pnl)}
        />
        <Figure
          label="Before costs"
          value={signedMoney(frame.gross_pnl, frame.currency)}
          more={`fees ${money(frame.fees)}, slippage ${money(frame.slippage)}, gas ${money(frame.gas)}`}
        />
        <Figure
          label="Market"
          value={sentence(frame.vol_state.replace("_VOL", ""))}
          tone={frame.vol_state === "HIGH_VOL" ? "loss" : ""}
          more={
            volatility === null
              ? "Volatility not known yet"
              : `${fixed((volatility * 100).toFixed(4), 1)}% a year`
          }
        />
        <Figure
          label="Latency"
          value={frame.latency_ms === null ? "–" : `${fixed(frame.latency_ms, 1)} ms`}
          tone={(frame.latency_ms ?? 0) > 300 ? "loss" : ""}
        />
        <Figure label="Open orders" value={frame.open_orders} />
        <Figure label="Money" value={sentence(frame.mode)} />
      </div>
    </Panel>
  );
}

function Inventory({ frame }: { frame: TelemetryFrame }) {
  const rows = Object.entries(frame.inventory);
  if (rows.length === 0) return <Empty icon="market" title="Nothing is held" />;
  return (
    <table className="table compact">
      <thead>
        <tr>
          <th scope="col">Instrument</th>
          <th scope="col" className="num">
            Quantity
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([symbol, quantity]) => (
          <tr key={symbol}>
            <td>{symbol}</td>
            <td className={`num ${quantity < 0 ? "loss" : ""}`}>{fixed(quantity, 4)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
