// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { platform, session } from "../../api/client.ts";
import { deviceOf } from "./agents.ts";
import { SessionsPanel } from "./SessionsPanel.tsx";

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const HERE = {
  session_id: "here",
  is_current: true,
  client_ip: "10.0.0.1",
  user_agent: FIREFOX,
  key_id: null,
  created_at: "2026-01-05T09:00:00Z",
  refreshed_at: "2026-01-05T10:00:00Z",
  expires_at: "2026-02-05T09:00:00Z",
};
const THERE = {
  ...HERE,
  session_id: "there",
  is_current: false,
  client_ip: "10.0.0.2",
  user_agent: "curl/8.5.0",
};

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

function show(...rows: (typeof HERE)[]) {
  const asked = vi.spyOn(platform, "get").mockResolvedValue({ data: rows } as never);
  const ended = vi.spyOn(platform, "delete").mockResolvedValue({ data: { ended: 1 } } as never);
  draw();
  return { asked, ended };
}

function draw() {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={client}>
      <SessionsPanel />
    </QueryClientProvider>,
  );
}

const row = async (device: string) => within((await screen.findByText(device)).closest("tr") as HTMLElement);

describe("the sessions of a user", () => {
  it("say device, address, and which one this is", async () => {
    show(HERE, THERE);
    const here = await row("Firefox on Linux");
    here.getByText("10.0.0.1");
    here.getByText("This one");
    expect((await row("curl")).queryByText("This one")).toBeNull();
  });

  it("end only once that is confirmed, and are asked for anew", async () => {
    const { asked, ended } = show(HERE, THERE);
    fireEvent.click((await row("curl")).getByRole("button", { name: /^Revoke/ }));
    expect(ended).not.toHaveBeenCalled();
    asked.mockResolvedValue({ data: [HERE] } as never);
    fireEvent.click(screen.getByText("Revoke it"));
    await waitFor(() => expect(screen.queryByText("curl")).toBeNull());
    expect(ended.mock.calls).toEqual([["/v1/sessions/{session_id}", { path: { session_id: "there" } }]]);
  });

  it("sign out here where the one that is ended is this one", async () => {
    const { ended } = show(HERE);
    const left = vi.spyOn(session, "signOut").mockResolvedValue(undefined);
    const went = vi.spyOn(location, "assign").mockReturnValue(undefined);
    fireEvent.click((await row("Firefox on Linux")).getByRole("button", { name: /^Revoke/ }));
    screen.getByText(/you are signed out here/);
    fireEvent.click(screen.getByText("Revoke it"));
    await waitFor(() => expect(went).toHaveBeenCalledWith("/"));
    expect(left).toHaveBeenCalledOnce();
    expect(ended).not.toHaveBeenCalled();
  });

  it("stay listed when the server refuses, and the dialog says why", async () => {
    const { ended } = show(HERE, THERE);
    ended.mockRejectedValue(new Error("No such session is known to you."));
    fireEvent.click((await row("curl")).getByRole("button", { name: /^Revoke/ }));
    fireEvent.click(screen.getByText("Revoke it"));
    await screen.findByText("No such session is known to you.");
    await row("curl");
  });

  it("show bones, then what went wrong with a way to try again, then that there are none", async () => {
    const asked = vi.spyOn(platform, "get").mockRejectedValueOnce(new Error("The server is away."));
    draw();
    screen.getByRole("status", { name: "Loading" });
    await screen.findByText("The server is away.");
    asked.mockResolvedValue({ data: [] } as never);
    fireEvent.click(screen.getByRole("button", { name: /Try again/ }));
    await screen.findByText("No sessions");
  });
});

describe("what a client calls itself", () => {
  it.each([
    [FIREFOX, "Firefox on Linux"],
    [
      "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
      "Edge on Windows",
    ],
    [
      "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
      "Chrome on Android",
    ],
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.1 Safari/605.1.15", "Safari on macOS"],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1",
      "Safari on iOS",
    ],
    ["python-httpx2/1.0", "python-httpx2"],
    ["", "Unknown"],
  ])("is %s in words", (agent, words) => {
    expect(deviceOf(agent)).toBe(words);
  });
});
