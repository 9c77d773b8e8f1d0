/** The pages: where they are, what they are called, and how they are loaded. */
import { type ComponentType, lazy } from "react";
import type { IconName } from "../ui/icons.tsx";

export interface PageEntry {
  readonly path: string;
  readonly title: string;
  readonly icon: IconName;
  readonly group: "Trade" | "Automate" | "Watch" | "Run";
  /** Pressed after `g`. */
  readonly key: string;
  readonly Page: ComponentType;
}

export const PAGES: readonly PageEntry[] = [
  {
    path: "/",
    title: "Overview",
    icon: "overview",
    group: "Trade",
    key: "o",
    Page: lazy(() => import("../features/overview/OverviewPage.tsx")),
  },
  {
    path: "/market",
    title: "Market",
    icon: "market",
    group: "Trade",
    key: "m",
    Page: lazy(() => import("../features/market/MarketPage.tsx")),
  },
  {
    path: "/orders",
    title: "Orders",
    icon: "orders",
    group: "Trade",
    key: "b",
    Page: lazy(() => import("../features/orders/OrdersPage.tsx")),
  },
  {
    path: "/strategies",
    title: "Strategies",
    icon: "strategies",
    group: "Automate",
    key: "s",
    Page: lazy(() => import("../features/strategies/StrategiesPage.tsx")),
  },
  {
    path: "/research",
    title: "Research",
    icon: "research",
    group: "Automate",
    key: "r",
    Page: lazy(() => import("../features/research/ResearchPage.tsx")),
  },
  {
    path: "/catalog",
    title: "Catalog",
    icon: "catalog",
    group: "Automate",
    key: "c",
    Page: lazy(() => import("../features/catalog/CatalogPage.tsx")),
  },
  {
    path: "/risk",
    title: "Risk",
    icon: "risk",
    group: "Watch",
    key: "k",
    Page: lazy(() => import("../features/risk/RiskPage.tsx")),
  },
  {
    path: "/alerts",
    title: "Alerts",
    icon: "alerts",
    group: "Watch",
    key: "a",
    Page: lazy(() => import("../features/alerts/AlertsPage.tsx")),
  },
  {
    path: "/telemetry",
    title: "Telemetry",
    icon: "telemetry",
    group: "Watch",
    key: "t",
    Page: lazy(() => import("../features/telemetry/TelemetryPage.tsx")),
  },
  {
    path: "/system",
    title: "System",
    icon: "system",
    group: "Run",
    key: "h",
    Page: lazy(() => import("../features/system/SystemPage.tsx")),
  },
  {
    path: "/settings",
    title: "Settings",
    icon: "settings",
    group: "Run",
    key: "e",
    Page: lazy(() => import("../features/settings/SettingsPage.tsx")),
  },
];

/** Find the page of a path by its first segment. */
export function pageOf(path: string): PageEntry | undefined {
  const first = `/${path.split("/")[1] ?? ""}`;
  return PAGES.find((page) => page.path === first);
}
