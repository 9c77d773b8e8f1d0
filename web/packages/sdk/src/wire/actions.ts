/** The moves of a connection, and what it asks to be done. */
import type { OpenbellError } from "../errors.ts";
import type { Message } from "./message.ts";
import type { Refused } from "./subscriptions.ts";

export type Status = "idle" | "connecting" | "authenticating" | "open" | "waiting" | "closed";

/** All moves there are; any other is a bug of ours. */
export const TRANSITIONS: Readonly<Record<Status, readonly Status[]>> = {
  idle: ["connecting", "closed"],
  connecting: ["authenticating", "open", "waiting", "closed"],
  authenticating: ["open", "waiting", "closed"],
  open: ["waiting", "closed"],
  waiting: ["connecting", "closed"],
  closed: ["connecting"],
};

export type Action =
  /** Open a socket; with fresh credentials where the last ones were refused. */
  | { do: "connect"; fromSeq: number | null; isRenewed: boolean }
  /** Find out what proves who is calling, and give it to `signed`. */
  | { do: "sign"; isRenewed: boolean }
  | { do: "send"; message: Record<string, unknown> }
  /** Drop the socket, let this pass, then say `elapsed`. */
  | { do: "wait"; ms: number; reason: string }
  | { do: "deliver"; message: Message }
  | ({ do: "refuse" } & Refused)
  /** Everything that was missed has been told: what is under way can be settled. */
  | { do: "ready" }
  /** The end, of the socket too if there is one; `start` begins again. */
  | { do: "stop"; error: OpenbellError | null };
