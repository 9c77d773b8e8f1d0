/** Who is signed in: tokens in memory only, renewed before they expire and when refused, one renewal at a time. */
import { ApiError, Unauthorized } from "./errors.ts";
import type { components } from "./generated/platform.ts";
import { Transport, type TransportOptions } from "./http.ts";
import { Cell, type Readable } from "./readable.ts";

export type User = components["schemas"]["UserAnswer"]["data"];
type Tokens = components["schemas"]["TokenAnswer"];

/** Gives credentials to requests. */
export interface Session {
  /** Give a token that should be good, or null where nobody is signed in. */
  token(): Promise<string | null>;
  /** Give another token than the one that was refused, or null where there is none. */
  renew(refused: string): Promise<string | null>;
}

export interface SignIn {
  email: string;
  password: string;
  /** Code of the second factor, where the account has one; without it the error's code is MFA_REQUIRED. */
  mfa_token?: string;
}

export type SessionState =
  | { status: "signed_out"; reason: "never" | "expired" | "asked" }
  | { status: "signed_in"; user: User };

export interface UserSessionOptions extends TransportOptions {
  /**
   * Where the refresh token lives. `memory`: nowhere else, a reload signs out. `cookie`: in a cookie that scripts
   * cannot read and that the server sets; `restore` then signs in again after a reload. Needs the server's own origin.
   */
  keep?: "memory" | "cookie";
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** Marks requests that want the refresh token in a cookie; a page of another origin cannot send it unasked. */
const COOKIE_HEADER = "x-openbell-session";
/** A token is renewed this long before it expires. */
const MARGIN_MS = 30_000;

interface Held {
  access: string;
  refresh: string;
  goodUntilMs: number;
}

/** Somebody signed in with a password, at `/v1/auth`. */
export class UserSession implements Session {
  private readonly cell = new Cell<SessionState>({ status: "signed_out", reason: "never" });
  private readonly transport: Transport;
  private readonly keep: "memory" | "cookie";
  private readonly now: () => number;
  private held: Held | null = null;
  private renewal: Promise<string | null> | null = null;

  constructor(options: UserSessionOptions = {}) {
    this.transport = new Transport(JSON.parse, options);
    this.keep = options.keep ?? "memory";
    this.now = options.now ?? Date.now;
  }

  /** Who is signed in, watchable. */
  get state(): Readable<SessionState> {
    return this.cell;
  }

  /** Sign in. Throws Unauthorized; its code is MFA_REQUIRED where the code of a second factor is missing. */
  async signIn(who: SignIn): Promise<User> {
    this.hold(await this.ask("login", JSON.stringify(who)));
    return this.meet();
  }

  /** Sign in with what a cookie of an earlier visit allows. Null where there is none, or it is no longer good. */
  async restore(): Promise<User | null> {
    if (this.keep === "memory" && this.held === null) return null;
    const token = await this.renew(this.held?.access ?? "");
    return token === null ? null : this.meet();
  }

  /** End the session here and at the server; offline only here. */
  async signOut(): Promise<void> {
    const token = this.held?.access;
    this.end("asked");
    if (token === undefined) return;
    await this.post("logout", { authorization: `Bearer ${token}` }).catch(() => undefined);
  }

  async token(): Promise<string | null> {
    if (this.held === null) return null;
    if (this.now() < this.held.goodUntilMs - MARGIN_MS) return this.held.access;
    return this.renew(this.held.access);
  }

  async renew(refused: string): Promise<string | null> {
    if (this.held !== null && this.held.access !== refused) return this.held.access;
    this.renewal ??= this.alone(() => this.refresh()).finally(() => {
      this.renewal = null;
    });
    return this.renewal;
  }

  /** Tabs share a cookie whose token is good once: they renew one after the other. */
  private alone<T>(work: () => Promise<T>): Promise<T> {
    const locks = this.keep === "cookie" ? globalThis.navigator?.locks : undefined;
    return locks ? (locks.request("openbell-session", work) as Promise<T>) : work();
  }

  private async refresh(): Promise<string | null> {
    const refresh = this.held?.refresh ?? "";
    if (refresh === "" && this.keep === "memory") return null;
    try {
      this.hold(
        (await this.post("refresh", refresh ? { authorization: `Bearer ${refresh}` } : {})) as Tokens,
      );
      return this.held?.access ?? null;
    } catch (error) {
      if (!isRefused(error)) throw error;
      if (this.held !== null) this.end("expired");
      return null;
    }
  }

  private hold(tokens: Tokens): void {
    const { access_token, refresh_token, expires_in } = tokens;
    this.held = {
      access: access_token,
      refresh: refresh_token,
      goodUntilMs: this.now() + expires_in * 1_000,
    };
  }

  private end(reason: "expired" | "asked"): void {
    this.held = null;
    this.cell.set({ status: "signed_out", reason });
  }

  private async meet(): Promise<User> {
    const headers = { authorization: `Bearer ${this.held?.access ?? ""}` };
    const answer = await this.transport.send({
      method: "GET",
      path: "/v1/auth/me",
      headers,
      isRepeatable: true,
    });
    const user = (answer as components["schemas"]["UserAnswer"]).data;
    this.cell.set({ status: "signed_in", user });
    return user;
  }

  private async ask(action: string, body: string): Promise<Tokens> {
    return (await this.post(action, { "content-type": "application/json" }, body)) as Tokens;
  }

  private post(action: string, headers: Record<string, string>, body?: string): Promise<unknown> {
    const kept = this.keep === "cookie" ? { [COOKIE_HEADER]: "cookie" } : {};
    const path = `/v1/auth/${action}`;
    // A refresh token is good once: sending it again after an unknown outcome would end the session.
    return this.transport.send({
      method: "POST",
      path,
      headers: { ...kept, ...headers },
      body,
      isRepeatable: false,
    });
  }
}

/** Whether the server says no for good: 401 to a token that ended, 400 where there is no cookie. Outages are no refusal. */
function isRefused(error: unknown): boolean {
  return error instanceof Unauthorized || (error instanceof ApiError && error.status === 400);
}

/** A bearer key or token that somebody else looks after. For programs: a key has no place in a browser. */
export class FixedSession implements Session {
  private readonly bearer: string;

  constructor(bearer: string) {
    this.bearer = bearer;
  }

  async token(): Promise<string> {
    return this.bearer;
  }

  async renew(): Promise<null> {
    return null;
  }
}
