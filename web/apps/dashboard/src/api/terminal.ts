/** Routes of the terminal contract (`/api`) that the platform has no like of: risk, candles, fills, second factors. */
import type { CallOptions, PathOf } from "@openbell/sdk";
import { platform } from "./client.ts";
import type { Candle, LimitsChange } from "./types.ts";

type QueryOf<P extends PathOf<"get">> = NonNullable<CallOptions<"get", P>["query"]>;
type CandlesQuery = QueryOf<"/api/market-data/{instrument}/candles">;
type Period = NonNullable<QueryOf<"/api/strategies/{strategy_id}/performance">["period"]>;
type ConfigBody = CallOptions<"put", "/api/strategies/{strategy_id}/config">["body"];

export const terminal = {
  candles: async (
    instrument: string,
    timeframe: NonNullable<CandlesQuery["timeframe"]>,
    limit: number,
  ): Promise<Candle[]> => {
    const path = { instrument };
    return (
      await platform.get("/api/market-data/{instrument}/candles", { path, query: { timeframe, limit } })
    ).data;
  },
  depth: (instrument: string) =>
    platform.get("/api/market-data/{instrument}/depth", { path: { instrument }, query: { depth: 20 } }),
  stats: (instrument: string) =>
    platform.get("/api/market-data/{instrument}/stats", { path: { instrument } }),
  fills: (query: QueryOf<"/api/trades">) => platform.get("/api/trades", { query }),
  close: (position_id: string, quantity?: string) =>
    platform.post("/api/positions/{position_id}/close", {
      path: { position_id },
      body: quantity ? { quantity } : {},
    }),
  risk: () => platform.get("/api/risk/portfolio"),
  positionRisks: async () => (await platform.get("/api/risk/positions")).positions,
  setLimits: (body: LimitsChange) => platform.put("/api/risk/limits", { body }),
  emergencyStop: (body: { flatten: boolean; reason: string }) =>
    platform.post("/api/risk/emergency-stop", { body }),
  performance: (strategy_id: string, period: Period) =>
    platform.get("/api/strategies/{strategy_id}/performance", { path: { strategy_id }, query: { period } }),
  strategy: (strategy_id: string) => platform.get("/api/strategies/{strategy_id}", { path: { strategy_id } }),
  configure: (strategy_id: string, config: ConfigBody["config"]) =>
    platform.put("/api/strategies/{strategy_id}/config", { path: { strategy_id }, body: { config } }),
  profile: () => platform.get("/api/auth/profile"),
  beginMfa: () => platform.post("/api/auth/setup-mfa"),
  confirmMfa: (mfa_token: string) => platform.post("/api/auth/verify-mfa", { body: { mfa_token } }),
  disableMfa: (mfa_token: string) => platform.post("/api/auth/disable-mfa", { body: { mfa_token } }),
};
