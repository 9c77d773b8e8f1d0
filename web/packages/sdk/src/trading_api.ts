/** The desk contract by HTTP (`/api/v1`): sign in with a signing key, then orders, positions and money. */
import { InvalidInput, OpenbellError, Unauthorized } from "./errors.ts";
import { parseExact } from "./exact_json.ts";
import type { components, paths } from "./generated/desk.ts";
import { Transport, type TransportOptions } from "./http.ts";
import type {
  Balance,
  Instrument,
  Order,
  OrderChange,
  OrderRequest,
  Portfolio,
  Position,
  SentOrder,
  ServerHealth,
  SessionAnswer,
} from "./models.ts";
import { MemoryKeeper, type OrderKeeper, sentChange, sentOrder } from "./orders.ts";
import { Cell, type Readable } from "./readable.ts";
import type { Session } from "./session.ts";
import { newNonce, sign } from "./signing.ts";

export interface TradingAPIOptions extends TransportOptions {
  /** Somebody who signs in elsewhere, such as a UserSession: what a page uses, instead of a signing key. */
  user?: Session;
  /** Remembers orders whose outcome is unknown. */
  keeper?: OrderKeeper;
  /** Milliseconds since 1970. */
  now?: () => number;
}

export type PositionsPage = components["schemas"]["DeskPositionsAnswer"];
export type OrderFilter = NonNullable<paths["/api/v1/orders"]["get"]["parameters"]["query"]>;

const PREFIX = "/api/v1";
const LOGIN = `${PREFIX}/auth/login`;

export class TradingAPI {
  private transport: Transport;
  private readonly keeper: OrderKeeper;
  private readonly now: () => number;
  private readonly user: Session | undefined;
  private credentials: { apiKey: string; apiSecret: string } | null = null;
  private session: SessionAnswer | null = null;
  private renewal: Promise<SessionAnswer> | null = null;
  private readonly ready: Cell<boolean>;

  constructor(options: TradingAPIOptions = {}) {
    this.transport = transportOf(options);
    this.keeper = options.keeper ?? new MemoryKeeper();
    this.now = options.now ?? Date.now;
    this.user = options.user;
    this.ready = new Cell(options.user !== undefined);
  }

  /** Whether there is something to sign in with, watchable. */
  get canSignIn(): Readable<boolean> {
    return this.ready;
  }

  /** Origin of the server; empty stands for the page's own. */
  get baseUrl(): string {
    return this.transport.baseUrl;
  }

  /** Choose another server, such as `http://localhost:8000`. A session of the one before is forgotten. */
  configure(options: TransportOptions): void {
    const { baseUrl } = this.transport;
    this.transport = transportOf(options);
    if (this.transport.baseUrl !== baseUrl) this.session = null;
    this.ready.set(this.credentials !== null || this.session !== null || this.user !== undefined);
  }

  /** Say which signing key signs in. Its secret belongs on a server, or on the loopback in development. */
  setCredentials(apiKey: string, apiSecret: string): void {
    this.credentials = { apiKey, apiSecret };
    this.session = null;
    this.ready.set(true);
  }

  /** Use a session that was opened elsewhere. */
  setSession(session: SessionAnswer): void {
    this.session = session;
    this.ready.set(true);
  }

  /** Give an access token, another than the last where that was refused: for sockets. Throws as `authenticate`. */
  async accessToken({ isRenewed }: { isRenewed: boolean }): Promise<string> {
    const token = this.user === undefined ? (this.session?.access_token ?? null) : await this.user.token();
    return token === null || isRenewed ? this.tokenInsteadOf(token) : token;
  }

  /** Sign in. Throws Unauthorized. */
  async authenticate(): Promise<SessionAnswer> {
    if (this.credentials === null) {
      throw new InvalidInput(
        "credentials",
        "there are none",
        "Call setCredentials(apiKey, apiSecret) first.",
      );
    }
    const { apiKey, apiSecret } = this.credentials;
    const fresh = { timestamp: this.now(), nonce: newNonce() };
    const signature = await sign(apiSecret, { method: "POST", path: LOGIN, ...fresh });
    const body = JSON.stringify({ api_key: apiKey, signature, ...fresh });
    // A signature is good once: another try needs another one.
    const call = { method: "POST", path: LOGIN, headers: { "content-type": "application/json" }, body };
    this.session = (await this.transport.send({ ...call, isRepeatable: false })) as SessionAnswer;
    return this.session;
  }

  /** End the session. */
  async logout(): Promise<void> {
    if (this.session !== null || this.user !== undefined) await this.call("POST", "/auth/logout");
    this.session = null;
    this.credentials = null;
    this.ready.set(false);
  }

  /** Give a ticket that lets one socket in, once, within 30 seconds. */
  async getTicket(): Promise<string> {
    return ((await this.call("POST", "/auth/ws-ticket")) as { ticket: string }).ticket;
  }

  /** Place an order; retries carry the same client order id, so that it is placed once at most. */
  async createOrder(request: OrderRequest): Promise<Order> {
    const order = sentOrder(request);
    this.keeper.keep(order);
    try {
      const placed = (await this.call("POST", "/orders", order)) as Order;
      this.keeper.settle(order.client_order_id);
      return placed;
    } catch (error) {
      if (isSettled(error)) this.keeper.settle(order.client_order_id);
      throw error;
    }
  }

  /** List orders, newest first: one page, 20 unless `per_page` says otherwise. */
  async getOrders(filter: OrderFilter = {}): Promise<Order[]> {
    return ((await this.call("GET", `/orders${queryOf(filter)}`)) as { orders: Order[] }).orders;
  }

  async getOrder(orderId: string): Promise<Order> {
    return (await this.call("GET", `/orders/${encodeURIComponent(orderId)}`)) as Order;
  }

  async modifyOrder(orderId: string, change: OrderChange): Promise<Order> {
    return (await this.call("PUT", `/orders/${encodeURIComponent(orderId)}`, sentChange(change))) as Order;
  }

  async cancelOrder(orderId: string): Promise<Order> {
    return (await this.call("DELETE", `/orders/${encodeURIComponent(orderId)}`)) as Order;
  }

  async getPortfolio(): Promise<Portfolio> {
    return (await this.call("GET", "/portfolio")) as Portfolio;
  }

  async getPositions(): Promise<Position[]> {
    return (await this.getPositionsPage()).positions;
  }

  /** Positions with the sum of what is unrealised, in the account's currency. */
  async getPositionsPage(): Promise<PositionsPage> {
    return (await this.call("GET", "/positions?per_page=100")) as PositionsPage;
  }

  async getBalances(): Promise<Balance[]> {
    return ((await this.call("GET", "/balances")) as { balances: Balance[] }).balances;
  }

  async getInstruments(): Promise<Instrument[]> {
    return ((await this.call("GET", "/instruments")) as { instruments: Instrument[] }).instruments;
  }

  async getHealth(): Promise<ServerHealth> {
    return (await this.transport.send({
      method: "GET",
      path: `${PREFIX}/health`,
      isRepeatable: true,
    })) as ServerHealth;
  }

  /** Find out what became of orders whose answer was lost: each is given as it stands, or null where it never arrived. */
  async resolvePending(): Promise<Array<{ sent: SentOrder; order: Order | null }>> {
    const found: Array<{ sent: SentOrder; order: Order | null }> = [];
    for (const sent of this.keeper.pending()) {
      const [order = null] = await this.getOrders({ client_order_id: sent.client_order_id });
      this.keeper.settle(sent.client_order_id);
      found.push({ sent, order });
    }
    return found;
  }

  private async call(method: string, path: string, body?: object): Promise<unknown> {
    const token = await this.accessToken({ isRenewed: false });
    const idempotencyKey = newNonce();
    const send = (good: string) =>
      this.transport.send({
        method,
        path: PREFIX + path,
        headers: {
          authorization: `Bearer ${good}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(method === "GET" || method === "DELETE" ? {} : { "idempotency-key": idempotencyKey }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        isRepeatable: true,
      });
    try {
      return await send(token);
    } catch (error) {
      if (!(error instanceof Unauthorized)) throw error;
      return send(await this.tokenInsteadOf(token));
    }
  }

  /** Give another token than the one that is no longer good, one renewal at a time. */
  private async tokenInsteadOf(refused: string | null): Promise<string> {
    if (this.user !== undefined) {
      const token = refused === null ? null : await this.user.renew(refused);
      if (token === null) throw nobody();
      return token;
    }
    const { session: stale } = this;
    if (stale !== null && stale.access_token !== refused) return stale.access_token;
    this.renewal ??= (this.credentials === null ? this.refresh(stale) : this.authenticate()).finally(() => {
      this.renewal = null;
    });
    return (await this.renewal).access_token;
  }

  private async refresh(stale: SessionAnswer | null): Promise<SessionAnswer> {
    if (stale === null) throw nobody();
    const body = JSON.stringify({ refresh_token: stale.refresh_token });
    const headers = { "content-type": "application/json" };
    const path = `${PREFIX}/auth/refresh`;
    this.session = (await this.transport.send({
      method: "POST",
      path,
      headers,
      body,
      isRepeatable: false,
    })) as SessionAnswer;
    return this.session;
  }
}

/** One for the whole program, as most programs have one server. `configure` chooses it. */
export const tradingAPI: TradingAPI = /* @__PURE__ */ new TradingAPI();

function nobody(): Unauthorized {
  const message = "Nobody is signed in.";
  const details = [{ field: "credentials", message: "Sign in, or call setCredentials(apiKey, apiSecret)." }];
  return new Unauthorized({ status: 401, code: "NOT_SIGNED_IN", message, details });
}

function transportOf(options: TransportOptions): Transport {
  const baseUrl = options.baseUrl ?? (globalThis.location === undefined ? "http://localhost:8000" : "");
  return new Transport(parseExact, { ...options, baseUrl: baseUrl.replace(/\/api\/v1\/?$/, "") });
}

/** Whether an error says what became of an order. A lost answer does not, nor does an outage of the server. */
function isSettled(error: unknown): boolean {
  return error instanceof OpenbellError && "status" in error && (error.status as number) < 500;
}

function queryOf(filter: Record<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) {
    if (value === undefined || value === null) continue;
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  return query.size === 0 ? "" : `?${query}`;
}
