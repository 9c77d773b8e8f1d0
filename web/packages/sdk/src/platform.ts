/** Every route of the platform (`/v1`) and the terminal contract (`/api`), typed by the server's own description. */
import { parseExact } from "./exact_json.ts";
import type { paths as PlatformPaths } from "./generated/platform.ts";
import type { paths as TerminalPaths } from "./generated/terminal.ts";
import { Transport, type TransportOptions } from "./http.ts";
import { newClientOrderId } from "./ids.ts";
import type { Session } from "./session.ts";

type paths = PlatformPaths & TerminalPaths;
export type Method = "get" | "post" | "put" | "patch" | "delete";

/** Paths that have an operation of this method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, object> ? P : never;
}[keyof paths];

type Operation<M extends Method, P extends PathOf<M>> = paths[P] extends Record<M, infer O> ? O : never;
type Given<O, In extends string> = O extends { parameters: Partial<Record<In, infer V>> }
  ? NonNullable<V>
  : never;
type Json<C> = C extends { content: { "application/json": infer B } } ? B : undefined;
type BodyOf<O> = O extends { requestBody: infer B }
  ? Json<B>
  : O extends { requestBody?: infer B }
    ? Json<NonNullable<B>> | undefined
    : undefined;
type Field<Name extends string, V> = [V] extends [never]
  ? { [K in Name]?: never }
  : [V] extends [undefined]
    ? { [K in Name]?: never }
    : undefined extends V
      ? { [K in Name]?: V }
      : object extends V
        ? { [K in Name]?: V }
        : { [K in Name]: V };

/** What a call of this operation takes: path parameters, query and body as they are described, and a signal. */
export type CallOptions<M extends Method, P extends PathOf<M>> = Field<
  "path",
  Given<Operation<M, P>, "path">
> &
  Field<"query", Given<Operation<M, P>, "query">> &
  Field<"body", BodyOf<Operation<M, P>>> & {
    signal?: AbortSignal;
    /** Revision the change is meant for; a newer one answers 409 or 412. */
    ifMatch?: string | number;
  };
type Arguments<T> = object extends T ? [options?: T] : [options: T];

/** What this operation answers with. */
export type Answer<M extends Method, P extends PathOf<M>> =
  Operation<M, P> extends { responses: infer R }
    ? { [S in keyof R]: S extends 200 | 201 | 202 ? Json<R[S]> : never }[keyof R]
    : never;

interface LooseOptions {
  path?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: unknown;
  signal?: AbortSignal;
  ifMatch?: string | number;
}

/**
 * Both contracts of `/v1` and `/api`, by one session: a route's noun is in its path. `platform.get("/v1/orders", { query: { status: "open" } })` gives the answer's body, typed; what goes
 * wrong is thrown as an OpenbellError. Requests that change something carry an Idempotency-Key, so that the retries
 * after a lost answer cannot do it twice.
 */
export class Platform {
  readonly session: Session;
  private readonly transport: Transport;
  /** The terminal writes decimals as numbers, which are read digit by digit as text. */
  private readonly exact: Transport;

  constructor(session: Session, options: TransportOptions = {}) {
    this.session = session;
    this.transport = new Transport(JSON.parse, options);
    this.exact = new Transport(parseExact, options);
  }

  get<P extends PathOf<"get">>(
    path: P,
    ...[options]: Arguments<CallOptions<"get", P>>
  ): Promise<Answer<"get", P>> {
    return this.call("get", path, options) as Promise<Answer<"get", P>>;
  }

  post<P extends PathOf<"post">>(
    path: P,
    ...[options]: Arguments<CallOptions<"post", P>>
  ): Promise<Answer<"post", P>> {
    return this.call("post", path, options) as Promise<Answer<"post", P>>;
  }

  put<P extends PathOf<"put">>(
    path: P,
    ...[options]: Arguments<CallOptions<"put", P>>
  ): Promise<Answer<"put", P>> {
    return this.call("put", path, options) as Promise<Answer<"put", P>>;
  }

  patch<P extends PathOf<"patch">>(
    path: P,
    ...[options]: Arguments<CallOptions<"patch", P>>
  ): Promise<Answer<"patch", P>> {
    return this.call("patch", path, options) as Promise<Answer<"patch", P>>;
  }

  delete<P extends PathOf<"delete">>(
    path: P,
    ...[options]: Arguments<CallOptions<"delete", P>>
  ): Promise<Answer<"delete", P>> {
    return this.call("delete", path, options) as Promise<Answer<"delete", P>>;
  }

  /** Place an order. Its client order id is made before it is sent, where the caller gave none. */
  placeOrder(body: CallOptions<"post", "/v1/orders">["body"]): Promise<Answer<"post", "/v1/orders">> {
    return this.post("/v1/orders", {
      body: { ...body, client_order_id: body.client_order_id ?? newClientOrderId() },
    });
  }

  /** Get a ticket that lets one socket in, once, within 30 seconds. */
  async ticket(): Promise<string> {
    return (await this.post("/v1/auth/ws-ticket")).data.ticket;
  }

  private async call(method: Method, path: string, options: LooseOptions | undefined): Promise<unknown> {
    const token = await this.session.token();
    const headers = headersOf(method, options);
    try {
      return await this.send(method, path, options, headers, token);
    } catch (error) {
      if (!(error instanceof Error && "status" in error && error.status === 401) || token === null)
        throw error;
      const renewed = await this.session.renew(token);
      if (renewed === null) throw error;
      return this.send(method, path, options, headers, renewed);
    }
  }

  private send(
    method: Method,
    path: string,
    options: LooseOptions | undefined,
    headers: Record<string, string>,
    token: string | null,
  ): Promise<unknown> {
    const transport = path.startsWith("/api/") ? this.exact : this.transport;
    return transport.send({
      method: method.toUpperCase(),
      path: filled(path, options?.path) + queryOf(options?.query),
      headers: token === null ? headers : { ...headers, authorization: `Bearer ${token}` },
      body: options?.body === undefined ? undefined : JSON.stringify(options.body),
      signal: options?.signal,
      isRepeatable: true,
    });
  }
}

function headersOf(method: Method, options: LooseOptions | undefined): Record<string, string> {
  const headers: Record<string, string> = {};
  if (options?.body !== undefined) headers["content-type"] = "application/json";
  if (method !== "get" && method !== "delete") headers["idempotency-key"] = newClientOrderId();
  if (options?.ifMatch !== undefined) headers["if-match"] = String(options.ifMatch);
  return headers;
}

function filled(template: string, values: Record<string, unknown> = {}): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])));
}

function queryOf(query: Record<string, unknown> = {}): string {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null) continue;
    for (const one of Array.isArray(value) ? value : [value]) parts.append(name, String(one));
  }
  const text = parts.toString();
  return text === "" ? "" : `?${text}`;
}
