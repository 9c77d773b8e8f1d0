/** Orders, and everything that becomes of them, over `/ws/trading`. */
import type { Backoff, Draw } from "./backoff.ts";
import {
  ConnectionLost,
  type ErrorBody,
  errorOfBody,
  type OpenbellError,
  type Unauthorized,
} from "./errors.ts";
import type { TradingReceived } from "./generated/messages.ts";
import type { Order, OrderChange, OrderRequest, PositionUpdate, TradeExecution } from "./models.ts";
import { MemoryKeeper, type OrderKeeper, sentChange, sentOrder } from "./orders.ts";
import type { Readable } from "./readable.ts";
import { newNonce, sign } from "./signing.ts";
import { ownOrigin } from "./stream.ts";
import type { ConnectionState } from "./stream_types.ts";
import { Connection, type SocketFactory } from "./wire/connection.ts";
import { TRADING } from "./wire/dialect.ts";
import { guarded, type Listener } from "./wire/fan.ts";
import { Line } from "./wire/line.ts";
import type { Message } from "./wire/message.ts";
import { type Outcome, type Outgoing, Requests } from "./wire/requests.ts";

/** What proves who is calling: a signature of `GET /ws/trading`, or a token. */
export type TradingCredentials =
  | { api_key: string; signature: string; timestamp: number; nonce?: string }
  | { token: string };

export type GiveCredentials = (how: { isRenewed: boolean }) => Promise<TradingCredentials>;

export interface TradingSocketOptions {
  /** Address of the socket, such as `ws://localhost:8000/ws/trading`; by default the page's own origin. */
  url?: string;
  /** Gives credentials for each connection, so that it comes back by itself; others where the last were refused. */
  credentials?: GiveCredentials;
  /** Orders placed on this connection are cancelled when it ends. */
  cancelOnDisconnect?: boolean;
  /** An order whose answer was lost is sent again only that soon after the first time. */
  resendWithinMs?: number;
  /** Remembers orders whose outcome is unknown. */
  keeper?: OrderKeeper;
  WebSocket?: SocketFactory;
  backoff?: Backoff;
  draw?: Draw;
  /** Milliseconds since 1970. */
  now?: () => number;
}

export interface TradingCallbacks {
  onOrderUpdate?: (order: Order) => void;
  onPositionUpdate?: (position: PositionUpdate) => void;
  onTradeExecution?: (trade: TradeExecution) => void;
  /** Open orders and positions as they stand: after signing in, and after a gap that could not be filled. */
  onSnapshot?: (snapshot: { orders: Order[]; positions: PositionUpdate[] }) => void;
  onAlert?: (alert: TradingReceived["alert"]["data"]) => void;
  onKillSwitch?: (change: TradingReceived["kill_switch"]["data"]) => void;
  onStrategyUpdate?: (change: TradingReceived["strategy_update"]["data"]) => void;
  onStateChange?: (state: ConnectionState) => void;
  /** Something was refused; the promise of what asked for it, if any, is rejected with the same error. */
  onError?: (error: OpenbellError) => void;
}

const CALLBACKS: Readonly<Record<string, keyof TradingCallbacks>> = {
  order_update: "onOrderUpdate",
  position_update: "onPositionUpdate",
  trade_execution: "onTradeExecution",
  snapshot: "onSnapshot",
  alert: "onAlert",
  kill_switch: "onKillSwitch",
  strategy_update: "onStrategyUpdate",
};
const PATH = "/ws/trading";

interface Waiting {
  resolve: () => void;
  reject: (error: unknown) => void;
}

export class TradingWebSocket {
  private readonly options: TradingSocketOptions;
  private readonly now: () => number;
  private readonly line: Line;
  private readonly connection: Connection;
  private readonly requests: Requests;
  private callbacks: TradingCallbacks = {};
  private credentials: GiveCredentials | undefined;
  /** Asked for by the server, and not given yet. */
  private asked: ((credentials: GiveCredentials) => void) | null = null;
  private signingIn: Waiting | null = null;

  constructor(options: TradingSocketOptions = {}) {
    this.options = options;
    this.now = options.now ?? Date.now;
    this.credentials = options.credentials;
    this.requests = new Requests(options.keeper ?? new MemoryKeeper(), options.resendWithinMs ?? 10_000);
    const { backoff, draw } = options;
    this.line = new Line(TRADING, { ...(backoff ? { backoff } : {}), ...(draw ? { draw } : {}) });
    this.connection = new Connection({
      line: this.line,
      address: async () => options.url ?? ownOrigin(PATH),
      sign: (how) => this.sign(how),
      WebSocket: options.WebSocket,
      onMessage: (message) => this.hear(message),
      onReady: () => this.sendAgain(),
      onLost: () => this.onLost(),
    });
    this.state.subscribe(() => this.onState());
  }

  /** How the connection is, watchable. */
  get state(): Readable<ConnectionState> {
    return this.connection.state;
  }

  get connectionState(): ConnectionState["status"] {
    return this.state.get().status;
  }

  get isConnected(): boolean {
    return this.connectionState === "open";
  }

  /** Number of the last event of which everything came. */
  get lastSeq(): number | null {
    return this.line.lastSeq;
  }

  setCallbacks(callbacks: TradingCallbacks): void {
    this.callbacks = { ...this.callbacks, ...callbacks };
  }

  /** Connect, and stay connected. With credentials this settles signed in, without when the server asks for them. */
  connect(): Promise<void> {
    return this.connection.connect(() => this.asked !== null);
  }

  /**
   * Say who is calling, with a signature made elsewhere. It is good once: after a lost connection the server refuses
   * it. Give `credentials`, or use `signIn`, for a connection that comes back by itself. Throws ApiError.
   */
  authenticate(apiKey: string, signature: string, timestamp: number): Promise<void> {
    let isUsed = false;
    return this.signInWith(async () => {
      if (isUsed && signature !== "signature" && signature !== "test") throw usedUp();
      isUsed = true;
      return { api_key: apiKey, signature, timestamp };
    });
  }

  /** Say who is calling, by a signing key and its secret: each connection gets a signature of its own. */
  signIn(apiKey: string, apiSecret: string): Promise<void> {
    return this.signInWith(async () => {
      const fresh = { timestamp: this.now(), nonce: newNonce() };
      const signature = await sign(apiSecret, { method: "GET", path: PATH, ...fresh });
      return { api_key: apiKey, signature, ...fresh };
    });
  }

  /**
   * Place an order. Gives how it stands once it is recorded and past the risk checks; throws ApiError where it was
   * refused, OutcomeUnknown where nobody can tell. Its client order id is made before it is sent.
   */
  sendOrder(order: OrderRequest): Promise<Order> {
    return this.request((id, settle) => this.requests.order(id, sentOrder(order), this.now(), settle));
  }

  /** Cancel an order. */
  cancelOrder(orderId: string): Promise<Order> {
    return this.request((id, settle) =>
      this.requests.other("cancel", { type: "cancel_order", id, order_id: orderId }, this.now(), settle),
    );
  }

  /** Change a working order. */
  modifyOrder(orderId: string, change: OrderChange): Promise<Order> {
    return this.request((id, settle) => {
      const message = { type: "modify_order", id, order_id: orderId, ...sentChange(change) };
      return this.requests.other("modify", message, this.now(), settle);
    });
  }

  /** End. `connect` begins again. */
  disconnect(): void {
    this.connection.close();
  }

  /** Do not wait any longer before the next attempt. */
  retryNow(): void {
    this.connection.retryNow();
  }

  private signInWith(credentials: GiveCredentials): Promise<void> {
    this.credentials = credentials;
    const done = new Promise<void>((resolve, reject) => {
      this.signingIn = { resolve, reject };
    });
    this.asked?.(credentials);
    this.asked = null;
    return done;
  }

  private async sign(how: { isRenewed: boolean }): Promise<Record<string, unknown>> {
    const credentials = this.credentials ?? (await this.nextCredentials());
    const wanted = this.options.cancelOnDisconnect ? { cancel_on_disconnect: true } : {};
    return { type: "authenticate", ...(await credentials(how)), ...wanted };
  }

  private nextCredentials(): Promise<GiveCredentials> {
    return new Promise((resolve) => {
      this.asked = resolve;
      this.connection.noteProgress();
    });
  }

  private request(
    begin: (id: string, settle: (outcome: Outcome | OpenbellError) => void) => Outgoing,
  ): Promise<Order> {
    const answer = new Promise<Order>((resolve, reject) => {
      if (!this.isConnected) throw new ConnectionLost("Not connected: nothing was sent.");
      const settle = (outcome: Outcome | OpenbellError) => {
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome.order);
      };
      this.connection.send(begin(this.line.nextId(), settle));
    });
    // Whoever does not wait for the answer hears of a refusal by the callback, and by nothing worse.
    answer.catch((error) => this.callbacks.onError?.(error));
    return answer;
  }

  private hear(message: Message): void {
    const againMs = this.requests.heard(message);
    if (againMs !== null) setTimeout(() => this.sendAgain(), againMs);
    if (message.type === "error") this.wrong(message);
    const callback = this.callbacks[CALLBACKS[message.type] ?? "onError"] as Listener | undefined;
    if (message.type in CALLBACKS && callback !== undefined) guarded(callback, message.data);
  }

  private wrong(message: Message): void {
    const error = errorOfBody(
      { error: message.error } as ErrorBody,
      this.line.status === "waiting" ? 401 : 0,
    );
    if (this.signingIn !== null) {
      this.signingIn.reject(error);
      this.signingIn = null;
    } else if (!message.id) this.callbacks.onError?.(error);
  }

  private sendAgain(): void {
    if (!this.isConnected) return;
    for (const message of this.requests.again(this.now())) this.connection.send(message);
  }

  private onLost(): void {
    this.requests.lost();
    if (this.line.status === "closed") this.requests.close();
  }

  private onState(): void {
    const state = this.state.get();
    if (state.status === "open") this.signingIn?.resolve();
    if (state.status === "closed") this.signingIn?.reject(new ConnectionLost(state.reason));
    if (state.status === "open" || state.status === "closed") this.signingIn = null;
    this.callbacks.onStateChange?.(state);
  }
}

function usedUp(): Unauthorized {
  const message = "The signature was used up by the connection before.";
  return errorOfBody({ error: { code: "SIGNATURE_USED", message } }, 401) as Unauthorized;
}
