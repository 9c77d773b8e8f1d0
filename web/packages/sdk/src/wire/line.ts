/**
 * A connection as a state machine: what happened goes in, what is to be done comes out. No socket, no clock, no chance.
 *
 * The private stream numbers an account's events without holes. The line remembers the last number of which all parts
 * came, asks to go on from there whenever it comes back, and drops what it has told already.
 */
import { type Backoff, type Draw, SOCKET_BACKOFF, waitMs } from "../backoff.ts";
import { ConnectionLost, errorOfBody, type OpenbellError, Unauthorized } from "../errors.ts";
import { type Action, type Status, TRANSITIONS } from "./actions.ts";
import { Books } from "./books.ts";
import type { Dialect } from "./dialect.ts";
import type { Message, Topic } from "./message.ts";
import { Sequence } from "./sequence.ts";
import { Subscriptions } from "./subscriptions.ts";

export interface LineOptions {
  fromSeq?: number | null;
  backoff?: Backoff;
  draw?: Draw;
}

const BAD_CREDENTIALS = 4401;
const ORDERBOOK = "orderbook";
const PONG_WITHIN_MS = 10_000;
const SILENCE_MS = 45_000;

export class Line {
  status: Status = "idle";
  /** Failed attempts in a row. */
  attempt = 0;
  private readonly dialect: Dialect;
  private readonly backoff: Backoff;
  private readonly draw: Draw;
  private readonly subscriptions: Subscriptions;
  private readonly sequence: Sequence;
  private readonly books = new Books();
  private number = 0;
  private isAsked = false;
  private isRefused = false;
  private isPinged = false;
  private isReady = false;
  /** Latest private event when the socket opened. */
  private caughtUpAt = 0;

  constructor(
    dialect: Dialect,
    { fromSeq = null, backoff = SOCKET_BACKOFF, draw = Math.random }: LineOptions = {},
  ) {
    this.dialect = dialect;
    this.sequence = new Sequence(fromSeq);
    this.backoff = backoff;
    this.draw = draw;
    this.subscriptions = new Subscriptions(dialect, () => this.nextId());
  }

  /** Number of the last private event of which everything came. */
  get lastSeq(): number | null {
    return this.sequence.last;
  }

  /** Give an id for a message of ours, to know its answer by. */
  nextId(): string {
    this.number += 1;
    return String(this.number);
  }

  /** Begin, or begin again after an end. */
  start(): Action[] {
    if (this.status !== "idle" && this.status !== "closed") return [];
    this.attempt = 0;
    this.isRefused = false;
    return this.connect();
  }

  /** The wait is over. */
  elapsed(): Action[] {
    return this.status === "waiting" ? this.connect() : [];
  }

  /** Here is what proves who is calling. */
  signed(message: Record<string, unknown>): Action[] {
    if (this.status !== "authenticating") return [];
    const resumed = this.lastSeq === null ? {} : { from_seq: this.lastSeq };
    return [{ do: "send", message: { ...message, ...resumed, id: this.nextId() } }];
  }

  /** The socket is gone, or did not come to be. */
  lost(code: number, reason: string): Action[] {
    if (code === BAD_CREDENTIALS) return this.refused(rejected(reason));
    return this.again(new ConnectionLost(`the connection was cut (${code}) ${reason}`.trim(), code));
  }

  /** The credentials, or the way to them, were refused. Others are tried once. */
  refused(error: OpenbellError): Action[] {
    if (!(error instanceof Unauthorized)) return this.again(error);
    if (this.isRefused) return this.close(error);
    this.isRefused = true;
    return this.again(error);
  }

  /** Nothing was heard for as long as `silenceMs` says. */
  silent(): Action[] {
    if (this.status !== "open") return [];
    if (this.isPinged) return this.lost(1006, "no answer to a ping");
    this.isPinged = true;
    return [{ do: "send", message: { type: "ping", id: this.nextId() } }];
  }

  /** How long an open connection may be silent. */
  get silenceMs(): number {
    return this.isPinged ? PONG_WITHIN_MS : SILENCE_MS;
  }

  want(topic: Topic): void {
    this.subscriptions.want(topic);
  }

  drop(topic: Topic): void {
    this.subscriptions.drop(topic);
  }

  /** Tell the server which topics are wanted, where that has changed. */
  flush(): Action[] {
    if (this.status !== "open") return [];
    return this.subscriptions.changes().map((message) => ({ do: "send", message }));
  }

  /** End for good. */
  close(error: OpenbellError | null = null): Action[] {
    if (this.status === "closed") return [];
    this.forgetSocket();
    this.move("closed");
    return [{ do: "stop", error }];
  }

  received(message: Message): Action[] {
    if (this.status === "closed" || this.status === "waiting" || this.status === "idle") return [];
    this.isPinged = false;
    switch (message.type) {
      case "batch":
        return (message.messages ?? []).flatMap((one) => this.received(one));
      case "connected":
        return this.greeted(message);
      case "authenticated":
        return this.status === "authenticating" ? this.opened(message) : [];
      case "heartbeat":
        return this.beat(message);
      case "subscribed":
        if (message.channel === this.dialect.privateChannel) this.isAsked = false;
        if (message.channel === ORDERBOOK) this.books.answered(message.instruments ?? []);
        this.subscriptions.acknowledged(message);
        return [];
      case "orderbook":
      case "orderbook_delta":
        return this.booked(message);
      case "unsubscribed":
      case "pong":
        return [];
      case "resync":
        return this.resynced(message);
      case "snapshot":
        return [{ do: "deliver", message }, ...this.caughtUp(message.seq ?? 0)];
      case "error":
        return this.wrong(message);
      default:
        return this.told(message);
    }
  }

  private connect(): Action[] {
    this.move("connecting");
    return [{ do: "connect", fromSeq: this.lastSeq, isRenewed: this.isRefused }];
  }

  private again(error: OpenbellError): Action[] {
    if (!["connecting", "authenticating", "open"].includes(this.status)) return [];
    this.attempt += 1;
    this.forgetSocket();
    this.move("waiting");
    const retryAfter = "retryAfter" in error ? (error.retryAfter as number | undefined) : undefined;
    return [
      { do: "wait", ms: waitMs(this.attempt, this.backoff, this.draw, retryAfter), reason: error.message },
    ];
  }

  private forgetSocket(): void {
    this.isAsked = this.isPinged = this.isReady = false;
    this.subscriptions.reset();
    this.books.reset();
  }

  private move(to: Status): void {
    if (!TRANSITIONS[this.status].includes(to))
      throw new Error(`a connection that is ${this.status} cannot be ${to}`);
    this.status = to;
  }

  private greeted(message: Message): Action[] {
    if (this.status !== "connecting") return [];
    if (!this.dialect.signsIn) return this.opened(message);
    this.move("authenticating");
    return [{ do: "sign", isRenewed: this.isRefused }];
  }

  private opened(message: Message): Action[] {
    this.move("open");
    this.attempt = 0;
    this.isRefused = false;
    const seq = (message.data as { seq?: number } | undefined)?.seq ?? 0;
    this.caughtUpAt = seq;
    if (this.lastSeq === null && this.dialect.privateChannel !== null) this.sequence.jump(seq);
    return [...this.flush(), ...this.readiness()];
  }

  private readiness(): Action[] {
    if (this.isReady || !this.sequence.reaches(this.caughtUpAt)) return [];
    this.isReady = true;
    return [{ do: "ready" }];
  }

  private caughtUp(seq: number): Action[] {
    if (!this.sequence.reaches(seq)) this.sequence.jump(seq);
    return this.status === "open" ? this.readiness() : [];
  }

  private beat(message: Message): Action[] {
    const seqs = (message.data as { seq?: Record<string, string> } | undefined)?.seq ?? {};
    const newest = Number(seqs[this.dialect.privateChannel ?? ""] ?? 0);
    return this.lastSeq !== null && newest > this.lastSeq ? this.missing() : [];
  }

  private resynced(message: Message): Action[] {
    const seq = message.seq ?? 0;
    if (message.channel !== this.dialect.privateChannel && message.channel !== "private") {
      this.subscriptions.jump(message.channel ?? "", seq);
      return [{ do: "deliver", message }];
    }
    this.sequence.jump(seq);
    this.isAsked = false;
    return [{ do: "deliver", message }];
  }

  private wrong(message: Message): Action[] {
    if (this.status === "authenticating") {
      return [{ do: "deliver", message }, ...this.refused(errorOfBody(message, 401))];
    }
    const outcome = this.subscriptions.refused(message);
    if (outcome === null) return [{ do: "deliver", message }];
    return [
      ...outcome.again.map((one): Action => ({ do: "send", message: one })),
      ...outcome.refused.map((one): Action => ({ do: "refuse", ...one })),
    ];
  }

  private told(message: Message): Action[] {
    const { channel = "", seq } = message;
    // An event of no account in particular, such as a stop of all trading, has no number of this account's.
    if (seq && channel === this.dialect.privateChannel) return this.event(message, seq);
    const isNumbered = seq !== undefined && this.dialect.accountChannels.has(channel);
    if (isNumbered && !this.subscriptions.isNew(channel, seq)) return [];
    return [{ do: "deliver", message }];
  }

  private booked(message: Message): Action[] {
    const verdict = this.books.take(message);
    if (verdict === "nothing") return [];
    if (verdict === "give up") return this.lost(1006, "a book is not what its checksum says");
    if (verdict !== "ask") return [{ do: "deliver", message: verdict }];
    const { instrument = "" } = message.data as { instrument?: string };
    return this.subscriptions.rejoin(ORDERBOOK, instrument).map((one) => ({ do: "send", message: one }));
  }

  private event(message: Message, seq: number): Action[] {
    switch (this.sequence.take(seq, message.part ?? 1, message.parts ?? 1)) {
      case "told":
        return [];
      case "missing":
        return this.missing();
      case "part":
        return [{ do: "deliver", message }];
      case "whole":
        return [{ do: "deliver", message }, ...this.readiness()];
    }
  }

  /** Ask for what did not come; what comes before the answer comes again with it. */
  private missing(): Action[] {
    if (this.isAsked) return [];
    if (this.dialect.resumption === null) return this.lost(1006, "a private event is missing");
    this.isAsked = true;
    return [{ do: "send", message: { ...this.dialect.resumption(this.lastSeq ?? 0), id: this.nextId() } }];
  }
}

function rejected(reason: string): OpenbellError {
  return errorOfBody(
    { error: { code: "UNAUTHORIZED", message: reason || "The credentials no longer hold." } },
    401,
  );
}
