/** Drives a line over real sockets and timers, and hands out what it hears. The only file that knows WebSocket. */
import { ConnectionLost, InvalidInput, OpenbellError, Unreachable } from "../errors.ts";
import { Cell, type Readable } from "../readable.ts";
import type { ConnectionState } from "../stream_types.ts";
import type { Action } from "./actions.ts";
import type { Line } from "./line.ts";
import { type Message, readMessage, type Topic } from "./message.ts";

/** What of WebSocket is used; browsers, Node from 22 on and the package `ws` all have it. */
export interface SocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}
export type SocketFactory = new (url: string) => SocketLike;

export interface ConnectionOptions {
  line: Line;
  /** Gives the address to connect to. Where it throws Unauthorized, `isRenewed` is true the next time. */
  address(how: { fromSeq: number | null; isRenewed: boolean }): Promise<string>;
  /** Gives the message that says who is calling, where the socket asks for one. */
  sign?(how: { isRenewed: boolean }): Promise<Record<string, unknown>>;
  WebSocket?: SocketFactory | undefined;
  onMessage(message: Message): void;
  onRefused?(topic: Topic, error: Message["error"]): void;
  onReady?(): void;
  onLost?(): void;
}

/** A socket that is not there in time is given up. */
const OPEN_WITHIN_MS = 10_000;

export class Connection {
  private readonly options: ConnectionOptions;
  private readonly line: Line;
  private readonly cell = new Cell<ConnectionState>({ status: "idle" });
  private socket: SocketLike | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private heardAt = 0;
  /** Counts attempts: what belongs to an earlier one is ignored. */
  private round = 0;
  private isFlushDue = false;
  private error: OpenbellError | null = null;
  private readonly waiting: Array<() => void> = [];

  constructor(options: ConnectionOptions) {
    this.options = options;
    this.line = options.line;
  }

  get state(): Readable<ConnectionState> {
    return this.cell;
  }

  /** Connect, and stay connected. Settles when it is open (or far enough), or has ended: then it throws. */
  async connect(isEnough: () => boolean = () => false): Promise<void> {
    this.act(this.line.start());
    while (this.line.status !== "open" && !isEnough()) {
      if (this.line.status === "closed")
        throw this.error ?? new ConnectionLost("the connection was closed", 1000);
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** Have whoever waits for the connection look again. */
  noteProgress(): void {
    for (const look of this.waiting.splice(0)) look();
  }

  close(): void {
    this.act(this.line.close());
  }

  /** Do not wait any longer before the next attempt. */
  retryNow(): void {
    this.act(this.line.elapsed());
  }

  want(topic: Topic): void {
    this.line.want(topic);
    this.flushSoon();
  }

  drop(topic: Topic): void {
    this.line.drop(topic);
    this.flushSoon();
  }

  /** Send a message now. False where no connection is open. */
  send(message: Record<string, unknown>): boolean {
    if (this.line.status !== "open" || this.socket === null) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** Changes of one turn go out together: a view that is replaced by its like costs no message. */
  private flushSoon(): void {
    if (this.isFlushDue) return;
    this.isFlushDue = true;
    queueMicrotask(() => {
      this.isFlushDue = false;
      this.act(this.line.flush());
    });
  }

  private act(actions: readonly Action[]): void {
    for (const action of actions) this.perform(action);
    this.show();
    this.noteProgress();
  }

  private perform(action: Action): void {
    switch (action.do) {
      case "connect":
        void this.open(action);
        return;
      case "sign":
        void this.sign(action.isRenewed);
        return;
      case "send":
        this.socket?.send(JSON.stringify(action.message));
        return;
      case "wait":
        this.hangUp();
        this.cell.set({
          status: "waiting",
          attempt: this.line.attempt,
          waitMs: action.ms,
          reason: action.reason,
        });
        this.after(action.ms, () => this.act(this.line.elapsed()));
        this.options.onLost?.();
        return;
      case "deliver":
        this.options.onMessage(action.message);
        return;
      case "refuse":
        this.options.onRefused?.(action.topic, action.error);
        return;
      case "ready":
        this.options.onReady?.();
        return;
      case "stop":
        this.hangUp();
        this.error = action.error;
        this.cell.set({ status: "closed", reason: action.error?.message ?? "closed" });
        this.options.onLost?.();
    }
  }

  private show(): void {
    const { status, attempt } = this.line;
    if (status === "connecting" || status === "authenticating") {
      const now = this.cell.get();
      if (now.status !== "connecting") this.cell.set({ status: "connecting", attempt: attempt + 1 });
    } else if (status === "open" && this.cell.get().status !== "open") {
      this.cell.set({ status: "open" });
      this.listen();
    }
  }

  private async open(how: { fromSeq: number | null; isRenewed: boolean }): Promise<void> {
    this.round += 1;
    const { round } = this;
    let url: string;
    try {
      url = await this.options.address(how);
    } catch (error) {
      if (round === this.round) this.act(this.line.refused(ours(error)));
      return;
    }
    if (round !== this.round || this.line.status !== "connecting") return;
    let socket: SocketLike;
    try {
      socket = new (this.factory())(url);
    } catch (error) {
      this.act(error instanceof OpenbellError ? this.line.close(error) : this.line.refused(ours(error)));
      return;
    }
    this.follow(socket);
  }

  private follow(socket: SocketLike): void {
    this.socket = socket;
    this.after(OPEN_WITHIN_MS, () => this.lost(socket, 1006, "no connection in time"));
    socket.onmessage = (event: { data: unknown }) => {
      if (this.socket === socket) this.heard(socket, String(event.data));
    };
    socket.onclose = (event: { code: number; reason: string }) => this.lost(socket, event.code, event.reason);
    socket.onerror = () => undefined; // a close follows, and says the same
  }

  private heard(socket: SocketLike, text: string): void {
    this.heardAt = performance.now();
    let message: Message;
    try {
      message = readMessage(text);
    } catch {
      this.lost(socket, 1002, "a message is not understood");
      return;
    }
    this.act(this.line.received(message));
  }

  private lost(socket: SocketLike, code: number, reason: string): void {
    if (this.socket !== socket) return;
    this.act(this.line.lost(code, reason));
  }

  private async sign(isRenewed: boolean): Promise<void> {
    const socket = this.socket;
    try {
      const message = await (this.options.sign?.({ isRenewed }) ??
        Promise.reject(new Unreachable("nobody to sign in")));
      if (this.socket === socket) this.act(this.line.signed(message));
    } catch (error) {
      if (this.socket === socket) this.act(this.line.refused(ours(error)));
    }
  }

  /** Watch for silence, cheaply: one timer, moved on only when it runs out. */
  private listen(): void {
    this.heardAt = performance.now();
    const watch = () => {
      const silence = performance.now() - this.heardAt;
      if (silence >= this.line.silenceMs) {
        this.act(this.line.silent());
        this.heardAt = performance.now();
      }
      if (this.line.status === "open") this.after(this.line.silenceMs, watch);
    };
    this.after(this.line.silenceMs, watch);
  }

  private hangUp(): void {
    const socket = this.socket;
    this.socket = null;
    this.round += 1;
    clearTimeout(this.timer);
    if (socket === null) return;
    socket.onmessage = socket.onclose = socket.onopen = null;
    socket.onerror = () => undefined;
    socket.close(1000);
  }

  private after(ms: number, what: () => void): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(what, ms);
  }

  private factory(): SocketFactory {
    const found = this.options.WebSocket ?? (globalThis as { WebSocket?: SocketFactory }).WebSocket;
    if (found !== undefined) return found;
    throw new InvalidInput(
      "WebSocket",
      "this runtime has none",
      "Give one: npm install ws, { WebSocket } from it.",
    );
  }
}

function ours(error: unknown): OpenbellError {
  return error instanceof OpenbellError
    ? error
    : new Unreachable("the connection could not be opened", error);
}
