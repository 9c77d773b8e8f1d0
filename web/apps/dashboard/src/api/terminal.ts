/** Routes of the terminal contract (`/api`) that the platform has no like of: risk, candles, fills, second factors. */
import { platform } from "./client.ts";
import type {
  Candle,
  Depth,
  Fill,
  Limits,
  LimitsChange,
  MfaSetup,
  PortfolioRisk,
  PositionRisk,
  Profile,
  Stats,
  StrategyConfig,
  StrategyPerformance,
} from "./types.ts";

type Loose = (path: string, options?: object) => Promise<unknown>;
const get = platform.get.bind(platform) as Loose;
const post = platform.post.bind(platform) as Loose;
const put = platform.put.bind(platform) as Loose;

export interface Stopped {
  canceled_orders: number;
  outstanding_orders: string[];
  closing_orders: string[];
  affected_strategies: string[];
}

/** What of a strategy only this contract can change; `schedule: null` takes it away, a limit of 0 is none. */
export interface StrategyChange {
  readonly schedule?: { start_time: string; end_time: string; days_of_week: number[] } | null;
  readonly risk_parameters?: { max_position_size: string; stop_loss_percent: string; max_daily_loss: string };
}

export const terminal = {
  candles: async (symbol: string, timeframe: string, limit: number): Promise<Candle[]> => {
    const path = { instrument: symbol };
    const answer = await get("/api/market-data/{instrument}/candles", { path, query: { timeframe, limit } });
    return (answer as { data: Candle[] }).data;
  },
  depth: (symbol: string) =>
    get("/api/market-data/{instrument}/depth", {
      path: { instrument: symbol },
      query: { depth: 20 },
    }) as Promise<Depth>,
  stats: (symbol: string) =>
    get("/api/market-data/{instrument}/stats", { path: { instrument: symbol } }) as Promise<Stats>,
  fills: (query: {
    instrument?: string;
    strategy_id?: string;
    order_id?: string;
    limit?: number;
    cursor?: string;
  }) => get("/api/trades", { query }) as Promise<{ trades: Fill[]; next_cursor?: string | null }>,
  close: (positionId: string, quantity?: string) =>
    post("/api/positions/{id}/close", { path: { id: positionId }, body: quantity ? { quantity } : {} }),
  risk: () => get("/api/risk/portfolio") as Promise<PortfolioRisk>,
  positionRisks: async () => ((await get("/api/risk/positions")) as { positions: PositionRisk[] }).positions,
  setLimits: (body: LimitsChange) => put("/api/risk/limits", { body }) as Promise<Limits>,
  emergencyStop: (body: { flatten: boolean; reason: string }) =>
    post("/api/risk/emergency-stop", { body }) as Promise<Stopped>,
  performance: (strategyId: string, period: string) =>
    get("/api/strategies/{id}/performance", {
      path: { id: strategyId },
      query: { period },
    }) as Promise<StrategyPerformance>,
  strategy: (strategyId: string) =>
    get("/api/strategies/{id}", { path: { id: strategyId } }) as Promise<StrategyConfig>,
  configure: (strategyId: string, config: StrategyChange) =>
    put("/api/strategies/{id}/config", {
      path: { id: strategyId },
      body: { config },
    }) as Promise<StrategyConfig>,
  profile: () => get("/api/auth/profile") as Promise<Profile>,
  beginMfa: () => post("/api/auth/setup-mfa") as Promise<MfaSetup>,
  confirmMfa: (code: string) => post("/api/auth/verify-mfa", { body: { mfa_token: code } }),
  disableMfa: (code: string) => post("/api/auth/disable-mfa", { body: { mfa_token: code } }),
};
