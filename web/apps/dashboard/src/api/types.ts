/** The nouns of the platform and the terminal contract, under the names the dashboard uses. */
import type { PlatformComponents as platform, TerminalComponents as terminal } from "@openbell/sdk";

type P = platform["schemas"];
type T = terminal["schemas"];

export type Answer<Data> = { data: Data };
export type Page<Row> = { data: Row[]; meta: { total_count: number; page: number; per_page: number } };

export type User = P["UserAnswer"]["data"];
export type Order = P["PlatformOrdersAnswer"]["data"][number];
export type OrderRequest = P["PlatformOrderRequest"];
export type Preview = P["PreviewAnswer"]["data"];
export type Position = P["PlatformPositionsAnswer"]["data"][number];
export type Portfolio = P["PlatformPortfolioAnswer"]["data"];
export type Metrics = P["MetricsAnswer"]["data"];
export type HistoryPoint = P["HistoryAnswer"]["data"][number];
export type Instrument = P["PlatformInstrumentsAnswer"]["data"][number];
export type StrategyKind = P["KindsAnswer"]["data"][number];
export type Parameter = StrategyKind["parameters"][number];
export type StrategyRow = P["PlatformStrategiesAnswer"]["data"][number];
export type Strategy = P["PlatformStrategyAnswer"]["data"];
export type StrategyRequest = P["StrategyRequest"];
export type StrategyPatch = P["StrategyPatch"];
/** Of a study: what it is called, and what it found. */
interface Studied {
  study?: string | null;
  study_result?: Record<string, unknown> | null;
}
export type RunRow = P["RunsAnswer"]["data"][number] & Studied;
export type Run = P["RunAnswer"]["data"] & Studied;
export type RunRequest = P["RunRequest"];
export type Alert = P["PlatformAlertsAnswer"]["data"][number];
export type KillSwitch = P["SwitchesAnswer"]["data"][number];
export type CancelAfter = P["CancelAfterAnswer"]["data"];
export type Approval = P["ApprovalsAnswer"]["data"][number];
export type ApiKey = P["KeysAnswer"]["data"][number];
export type NewApiKey = P["NewKeyAnswer"]["data"];
export type Session = P["SessionsAnswer"]["data"][number];
export type Health = P["HealthAnswer"];
export type AuditEntry = P["AuditAnswer"]["data"][number];

export type Candle = T["CandlesAnswer"]["data"][number];
export type Depth = T["DepthAnswer"];
export type Stats = T["StatsAnswer"];
export type Fill = T["TradesAnswer"]["trades"][number];
export type PortfolioRisk = T["PortfolioRiskAnswer"];
export type PositionRisk = T["PositionRisksAnswer"]["positions"][number];
export type Limits = T["LimitsAnswer"];
export type LimitsChange = T["LimitsRequest"];
export type StrategyPerformance = T["TerminalPerformanceAnswer"];
export type MfaSetup = T["SetupAnswer"];
export type Profile = T["ProfileAnswer"];
export type StrategyConfig = T["TerminalStrategyAnswer"];
