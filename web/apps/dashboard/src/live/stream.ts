/** The one socket of the account, and what is known of its health. */
import { MarketStore, useMarketDataConnection, useReadable, withNextFrame } from "@openbell/react";
import { AccountStream, Cell, StreamMarket } from "@openbell/sdk";
import { platform } from "../api/client.ts";

/** What happened on the way: how often the connection was lost, and how many numbers of our stream never came. */
export interface Journey {
  readonly reconnects: number;
  readonly gaps: number;
  readonly lastSeq: number | null;
}

const START: Journey = { reconnects: 0, gaps: 0, lastSeq: null };
export const stream = new AccountStream({ ticket: () => platform.ticket() });
/** The market comes on the same socket, and is shown with the next frame. */
export const market = new MarketStore(new StreamMarket(stream), { pace: withNextFrame });
export const journey = new Cell<Journey>(START);

let wasOpen = false;
stream.state.subscribe(() => {
  const isOpen = stream.state.get().status === "open";
  if (isOpen && wasOpen) journey.set({ ...journey.get(), reconnects: journey.get().reconnects + 1 });
  wasOpen ||= isOpen;
});

/** Count a private message: its number follows the last one, or is the same (a part of the same event). */
export function count(seq: number | undefined): void {
  if (seq === undefined) return;
  const { lastSeq, gaps } = journey.get();
  if (lastSeq !== null && seq <= lastSeq) return;
  const missed = lastSeq === null ? 0 : seq - lastSeq - 1;
  journey.set({ ...journey.get(), lastSeq: seq, gaps: gaps + missed });
}

/** A snapshot stands for everything before it. */
export function restart(seq: number): void {
  journey.set({ ...journey.get(), lastSeq: seq });
}

export type LineStatus = "live" | "connecting" | "lost";

/** How the connection is, in one word. */
export function useLine(): LineStatus {
  const { connectionState } = useMarketDataConnection();
  if (connectionState === "open") return "live";
  return connectionState === "waiting" || connectionState === "closed" ? "lost" : "connecting";
}

export const useJourney = (): Journey => useReadable(journey);
