/** What pages read: each with how long it stays fresh. The socket tells sooner when something has changed. */
import { useQuery } from "@tanstack/react-query";
import { platform } from "./client.ts";
import { KEYS } from "./keys.ts";
import { terminal } from "./terminal.ts";
import type { Instrument } from "./types.ts";

const MINUTE = 60_000;

export const useInstruments = () =>
  useQuery({
    queryKey: KEYS.instruments,
    queryFn: async ({ signal }) => (await platform.get("/v1/instruments", { signal })).data,
    staleTime: 10 * MINUTE,
  });

/** Give one instrument, once the list is here. */
export function useInstrument(symbol: string | undefined): Instrument | undefined {
  const { data } = useInstruments();
  return data?.find((instrument) => instrument.symbol === symbol);
}

export const usePortfolio = () =>
  useQuery({
    queryKey: KEYS.portfolio,
    queryFn: async ({ signal }) => (await platform.get("/v1/portfolio", { signal })).data,
    refetchInterval: 30_000,
  });

export type Period = "1d" | "1w" | "1m" | "3m" | "1y" | "all";

export const useMetrics = (period: Period) =>
  useQuery({
    queryKey: [...KEYS.metrics, period],
    queryFn: async ({ signal }) =>
      (await platform.get("/v1/metrics/summary", { query: { period }, signal })).data,
    refetchInterval: 30_000,
  });

export interface HistoryAsked {
  readonly from: string;
  readonly resolution: "1m" | "5m" | "15m" | "1h" | "1d";
  readonly strategyId?: string;
}

/** What the account, or one strategy's ledger, was worth: as many pages as there are, up to ten. */
export const useHistory = ({ from, resolution, strategyId }: HistoryAsked) =>
  useQuery({
    queryKey: [...KEYS.history, from, resolution, strategyId ?? ""],
    queryFn: async ({ signal }) => {
      const points: { timestamp: string; total_value: string }[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < 10; page += 1) {
        const query = {
          from_date: from,
          resolution,
          per_page: 100,
          ...(strategyId ? { strategy_id: strategyId } : {}),
          ...(cursor ? { cursor } : {}),
        };
        const answer = await platform.get("/v1/portfolio/history", { query, signal });
        points.push(...answer.data);
        cursor = answer.meta.next_cursor ?? undefined;
        if (!cursor) break;
      }
      return points;
    },
    refetchInterval: MINUTE,
  });

export const usePositions = () =>
  useQuery({
    queryKey: KEYS.positions,
    queryFn: ({ signal }) => platform.get("/v1/positions", { query: { per_page: 100 }, signal }),
    refetchInterval: MINUTE,
  });

export const useStrategies = () =>
  useQuery({
    queryKey: KEYS.strategies,
    queryFn: async ({ signal }) => (await platform.get("/v1/strategies", { signal })).data,
    refetchInterval: MINUTE,
  });

export const useKinds = () =>
  useQuery({
    queryKey: KEYS.kinds,
    queryFn: async ({ signal }) => (await platform.get("/v1/strategy-kinds", { signal })).data,
    staleTime: 10 * MINUTE,
  });

export interface AlertsAsked {
  readonly acknowledged?: boolean;
  readonly severity?: "INFO" | "WARNING" | "ERROR" | "CRITICAL";
  readonly page?: number;
  readonly perPage?: number;
}

export const useAlerts = ({ acknowledged, severity, page = 1, perPage = 20 }: AlertsAsked = {}) =>
  useQuery({
    queryKey: [...KEYS.alerts, { acknowledged, severity, page, perPage }],
    queryFn: ({ signal }) => {
      const query = {
        page,
        per_page: perPage,
        ...(acknowledged === undefined ? {} : { acknowledged }),
        ...(severity ? { severity } : {}),
      };
      return platform.get("/v1/alerts", { query, signal });
    },
    refetchInterval: MINUTE,
  });

export const useSwitches = () =>
  useQuery({
    queryKey: KEYS.switches,
    queryFn: async ({ signal }) => (await platform.get("/v1/controls/kill-switch", { signal })).data,
    refetchInterval: 30_000,
  });

export const useRisk = () =>
  useQuery({ queryKey: KEYS.risk, queryFn: () => terminal.risk(), refetchInterval: 15_000 });

export const useHealth = () =>
  useQuery({
    queryKey: KEYS.health,
    queryFn: ({ signal }) => platform.get("/v1/health", { signal }),
    refetchInterval: 10_000,
  });
