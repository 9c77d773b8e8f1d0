/** The public stream: opened while somebody looks, opened again when it breaks, the last minutes kept. */
import { FrameCell, useReadable } from "@openbell/react";
import { SOCKET_BACKOFF, waitMs } from "@openbell/sdk";
import { useEffect, useState } from "react";

export interface TelemetryFrame {
  readonly type: "telemetry";
  readonly seq: number;
  readonly timestamp: string;
  readonly virtual_pnl: number;
  readonly gross_pnl: number;
  readonly fees: number;
  readonly slippage: number;
  readonly gas: number;
  readonly currency: string;
  readonly vol_state: "LOW_VOL" | "NORMAL" | "HIGH_VOL";
  readonly realized_volatility: number | null;
  readonly latency_ms: number | null;
  readonly inventory: Readonly<Record<string, number>>;
  readonly open_orders: number;
  readonly mode: string;
  readonly kill_switch_active: boolean;
}

/** At ten frames a second this is five minutes at most. */
const KEPT_MAX = 3_000;

interface Told {
  readonly frames: readonly TelemetryFrame[];
  readonly isLive: boolean;
}

export function useTelemetry(): Told {
  const [cell] = useState(() => new FrameCell<Told>({ frames: [], isLive: false }));
  useEffect(() => {
    let socket: WebSocket | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let attempt = 0;
    let isOver = false;
    const open = () => {
      socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/v1/ws/stream`);
      socket.onmessage = ({ data }) => {
        const frame = JSON.parse(String(data)) as TelemetryFrame;
        if (frame.type !== "telemetry") return;
        attempt = 0;
        cell.set({ frames: [...cell.latest().frames.slice(-(KEPT_MAX - 1)), frame], isLive: true });
      };
      socket.onclose = () => {
        if (isOver) return;
        cell.set({ ...cell.latest(), isLive: false });
        attempt += 1;
        timer = setTimeout(open, waitMs(attempt, SOCKET_BACKOFF, Math.random));
      };
    };
    open();
    return () => {
      isOver = true;
      clearTimeout(timer);
      socket?.close();
    };
  }, [cell]);
  return useReadable(cell);
}
