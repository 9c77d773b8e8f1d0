// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Confirm } from "./dialog.tsx";
import { Empty, Loaded } from "./panel.tsx";
import { byDecimal, type Column, Table } from "./table.tsx";

afterEach(cleanup);

interface Row {
  readonly id: string;
  readonly size: string;
}

const columns: Column<Row>[] = [
  { name: "Name", cell: (row) => row.id },
  { name: "Size", cell: (row) => row.size, sort: byDecimal((row) => row.size) },
];
const rows = [
  { id: "a", size: "9" },
  { id: "b", size: "100" },
  { id: "c", size: "20.5" },
];
const names = () => screen.getAllByRole("row").map((row) => row.firstElementChild?.textContent);

describe("a table", () => {
  it("sorts by number, not by text, down, then up, then not at all", () => {
    render(<Table label="Things" columns={columns} rows={rows} keyOf={(row) => row.id} empty={null} />);
    const head = screen.getByRole("button", { name: /Size/ });
    fireEvent.click(head);
    expect(names()).toEqual(["Name", "b", "c", "a"]);
    fireEvent.click(head);
    expect(names()).toEqual(["Name", "a", "c", "b"]);
    fireEvent.click(head);
    expect(names()).toEqual(["Name", "a", "b", "c"]);
  });

  it("says so when it is empty", () => {
    const empty = <Empty icon="orders" title="Nothing yet" />;
    render(<Table label="Things" columns={columns} rows={[]} keyOf={(row) => row.id} empty={empty} />);
    screen.getByText("Nothing yet");
  });
});

describe("what is loaded", () => {
  const query = {
    data: undefined as string | undefined,
    error: null as unknown,
    isPending: true,
    refetch: vi.fn(),
  };
  const shown = (part: Partial<typeof query>) =>
    render(<Loaded query={{ ...query, ...part }}>{(data) => <p>{data}</p>}</Loaded>);

  it("shows bones, then the data", () => {
    shown({});
    screen.getByRole("status", { name: "Loading" });
    cleanup();
    shown({ data: "here" });
    screen.getByText("here");
  });

  it("says what went wrong and tries again when asked", () => {
    shown({ error: new Error("The server cannot be reached.") });
    screen.getByText("The server cannot be reached.");
    fireEvent.click(screen.getByRole("button", { name: /Try again/ }));
    expect(query.refetch).toHaveBeenCalled();
  });

  it("keeps old data in sight and says that it is old", () => {
    shown({ data: "old", error: new Error("No answer.") });
    screen.getByText("old");
    screen.getByText(/out of date/);
  });
});

describe("a dangerous question", () => {
  it("waits for its word, and stays open when the deed fails", async () => {
    const run = vi.fn().mockRejectedValue(new Error("Not now."));
    const close = vi.fn();
    render(
      <Confirm title="Stop?" action="Stop" typed="STOP" run={run} onClose={close}>
        <p>Everything.</p>
      </Confirm>,
    );
    const button = screen.getByText("Stop", { selector: "button" }) as HTMLButtonElement;
    expect(button.disabled).toBe(true);
    fireEvent.change(screen.getByLabelText(/Type STOP/), { target: { value: "stop" } });
    expect(button.disabled).toBe(false);
    fireEvent.click(button);
    await waitFor(() => screen.getByText("Not now."));
    expect(close).not.toHaveBeenCalled();
  });
});
