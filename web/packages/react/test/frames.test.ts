import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FrameCell } from "../src/frames.ts";

describe("a value of frames", () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ["requestAnimationFrame", "setTimeout"] }));
  afterEach(() => vi.useRealTimers());
  const nextFrame = () => vi.advanceTimersByTime(600);

  it("tells its listeners once a frame, of the newest value alone", () => {
    const cell = new FrameCell(0);
    const heard: number[] = [];
    cell.subscribe(() => heard.push(cell.get()));
    for (const value of [1, 2, 3]) cell.set(value);
    expect([cell.get(), cell.latest()]).toEqual([0, 3]);
    nextFrame();
    expect(heard).toEqual([3]);
  });

  it("tells nobody when it is back where it was", () => {
    const cell = new FrameCell("a");
    const heard = vi.fn();
    cell.subscribe(heard);
    cell.set("b");
    cell.set("a");
    nextFrame();
    expect(heard).not.toHaveBeenCalled();
  });

  it("forgets who no longer listens", () => {
    const cell = new FrameCell(0);
    const heard = vi.fn();
    cell.subscribe(heard)();
    cell.set(1);
    nextFrame();
    expect(heard).not.toHaveBeenCalled();
  });
});
