// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { platform } from "../../api/client.ts";
import type { Series } from "../../ui/TimeChart.tsx";
import { Performance } from "./Performance.tsx";

// There is no canvas here: what would be drawn is written.
vi.mock("../../ui/TimeChart.tsx", () => ({
  TimeChart: ({ label, series }: { label: string; series: readonly Series[] }) => (
    <section aria-label={label}>{series[0]?.points.map(({ value }) => value).join(" ")}</section>
  ),
}));

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const NO_MONTHS: (string | null)[] = Array.from({ length: 12 }, () => null);
const ANSWERS = {
  "/v1/performance/monthly": [{ year: 2026, months: ["1.25", "-3", ...NO_MONTHS.slice(2)], total: "-1.79" }],
  "/v1/performance": {
    equity_curve: [
      { timestamp: "2026-01-05T00:00:00Z", drawdown_pct: "0" },
      { timestamp: "2026-01-06T00:00:00Z", drawdown_pct: "-2.5" },
    ],
  },
  "/v1/performance/rolling": {
    points: [
      { date: "2026-02-05", sharpe_ratio: "0.8" },
      { date: "2026-02-06", sharpe_ratio: null },
      { date: "2026-02-07", sharpe_ratio: "1.1" },
    ],
  },
};
const NOTHING = {
  "/v1/performance/monthly": [{ year: 2026, months: NO_MONTHS, total: null }],
  "/v1/performance": { equity_curve: [{ timestamp: "2026-01-05T00:00:00Z", drawdown_pct: "0" }] },
  "/v1/performance/rolling": { points: [] },
};

function show(answers: Record<string, unknown>) {
  const get = async (path: string) => {
    if (!(path in answers)) throw new Error("The server is away.");
    return { data: answers[path] };
  };
  vi.spyOn(platform, "get").mockImplementation(get as never);
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={client}>
      <Performance />
    </QueryClientProvider>,
  );
}

describe("the performance of an account", () => {
  it("is its returns by month, blank where there are none", async () => {
    show(ANSWERS);
    const row = within((await screen.findByRole("rowheader", { name: "2026" })).closest("tr") as HTMLElement);
    const cells = row.getAllByRole("cell").map((cell) => cell.textContent);
    expect(cells.slice(0, 3)).toEqual(["1.3", "−3.0", ""]);
    expect(cells.at(-1)).toBe("−1.8");
  });

  it("is how far it fell, and on a press its rolling Sharpe ratio without the days that have none", async () => {
    show(ANSWERS);
    expect((await screen.findByLabelText("Drawdown of the account")).textContent).toBe("0 -2.5");
    fireEvent.click(screen.getByText("Sharpe"));
    expect((await screen.findByLabelText("Sharpe ratio of the account")).textContent).toBe("0.8 1.1");
  });

  it("says so while there are too few days", async () => {
    show(NOTHING);
    await screen.findByText("No month to show yet");
    await screen.findByText("It begins with the second day.");
    fireEvent.click(screen.getByText("Sharpe"));
    await screen.findByText(/looks back 30 days/);
  });

  it("shows bones, then what went wrong", async () => {
    show({});
    expect(screen.getAllByRole("status", { name: "Loading" })).toHaveLength(2);
    await waitFor(() => expect(screen.getAllByText("The server is away.")).toHaveLength(2));
  });
});
