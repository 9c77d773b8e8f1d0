/** The dead man's switch: renewed for as long as this page lives and reaches the server, on whatever page one is. */
import { useReadable } from "@openbell/react";
import { Cell } from "@openbell/sdk";
import { platform } from "../api/client.ts";
import type { CancelAfter } from "../api/types.ts";

export interface DeadMan {
  /** Seconds without us after which all working orders are cancelled; 0 is off. */
  readonly timeoutS: number;
  readonly answer: CancelAfter | null;
  readonly renewedAt: number;
}

const OFF: DeadMan = { timeoutS: 0, answer: null, renewedAt: 0 };
const cell = new Cell<DeadMan>(OFF);
let timer: ReturnType<typeof setInterval> | undefined;

async function ask(timeoutS: number): Promise<void> {
  const { data } = await platform.post("/v1/controls/cancel-after", { body: { timeout_s: timeoutS } });
  cell.set({ timeoutS: data.active ? timeoutS : 0, answer: data, renewedAt: Date.now() });
}

/** Arm it, and renew it three times within its time. */
export async function arm(timeoutS: number): Promise<void> {
  clearInterval(timer);
  await ask(timeoutS);
  timer = setInterval(() => ask(timeoutS).catch(() => undefined), (timeoutS * 1000) / 3);
}

/** Switch it off. */
export async function disarm(): Promise<void> {
  clearInterval(timer);
  await ask(0);
}

export const useDeadMan = (): DeadMan => useReadable(cell);
