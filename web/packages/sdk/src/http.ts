/** Requests: a time limit on each, retries only where they cannot do a thing twice, errors as typed exceptions. */
import { type Backoff, type Draw, REQUEST_BACKOFF, waitMs } from "./backoff.ts";
import { ApiError, type ErrorBody, errorOfBody, OpenbellError, TimedOut, Unreachable } from "./errors.ts";

export type Fetch = (input: string, init: RequestInit) => Promise<Response>;
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/** Everything a transport needs from outside; all of it has a default. */
export interface TransportOptions {
  /** Origin and prefix, such as `http://localhost:8000`; empty means the page's own origin. */
  baseUrl?: string;
  fetch?: Fetch;
  /** No single try takes longer. */
  timeoutMs?: number;
  /** Tries in all, the first one included. */
  triesMax?: number;
  backoff?: Backoff;
  draw?: Draw;
  sleep?: Sleep;
}

export interface Call {
  method: string;
  /** Path and query, from the base URL on. */
  path: string;
  headers?: Record<string, string>;
  body?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Whether sending it again after an unknown outcome can do no harm. */
  isRepeatable: boolean;
}

const OUTAGES: ReadonlySet<number> = new Set([502, 503, 504]);

export const pause: Sleep = (ms, signal) =>
  new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });

/** Reads a body: as JSON is, or with exact decimals. Throws SyntaxError. */
export type Parse = (text: string) => unknown;

/** Sends calls to one server. */
export class Transport {
  readonly baseUrl: string;
  private readonly parse: Parse;
  private readonly options: Required<Omit<TransportOptions, "baseUrl">>;

  constructor(parse: Parse, options: TransportOptions = {}) {
    this.parse = parse;
    this.baseUrl = (options.baseUrl ?? "").replace(/\/+$/, "");
    this.options = {
      fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
      timeoutMs: options.timeoutMs ?? 15_000,
      triesMax: options.triesMax ?? 4,
      backoff: options.backoff ?? REQUEST_BACKOFF,
      draw: options.draw ?? Math.random,
      sleep: options.sleep ?? pause,
    };
  }

  /** Send a call and give the answer's body. Throws an OpenbellError, or what the caller's signal was aborted with. */
  async send(call: Call): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.once(call);
      } catch (error) {
        if (attempt >= this.options.triesMax || !isWorthAnotherTry(error, call)) throw error;
        const retryAfter = error instanceof ApiError ? error.retryAfter : undefined;
        await this.options.sleep(
          waitMs(attempt, this.options.backoff, this.options.draw, retryAfter),
          call.signal,
        );
      }
    }
  }

  private async once(call: Call): Promise<unknown> {
    const limit = AbortSignal.timeout(this.options.timeoutMs);
    const signal = call.signal ? AbortSignal.any([call.signal, limit]) : limit;
    try {
      const answer = await this.options.fetch(this.baseUrl + call.path, {
        method: call.method,
        headers: { accept: "application/json", ...call.headers },
        signal,
        ...(call.body === undefined ? {} : { body: call.body }),
      });
      return this.read(answer, await answer.text());
    } catch (error) {
      if (error instanceof OpenbellError) throw error;
      if (call.signal?.aborted) throw call.signal.reason;
      if (limit.aborted)
        throw new TimedOut(`${call.method} ${call.path}: no answer in ${this.options.timeoutMs} ms`);
      throw new Unreachable(`${call.method} ${call.path}: the server cannot be reached`, error);
    }
  }

  private read(answer: Response, text: string): unknown {
    let body: unknown;
    try {
      body = text === "" ? undefined : this.parse(text);
    } catch {
      body = undefined;
    }
    if (!answer.ok) throw errorOfBody(body as ErrorBody | undefined, answer.status, retryAfterOf(answer));
    if (body === undefined && text !== "") return text;
    return body;
  }
}

function retryAfterOf(answer: Response): number | undefined {
  const value = Number(answer.headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}

/**
 * A refusal for haste did nothing. After an outage or an unknown outcome only repeatable calls go again; so does one
 * whose first copy is still under way, which the server says with a 409 and a time.
 */
function isWorthAnotherTry(error: unknown, call: Call): boolean {
  if (!(error instanceof ApiError)) {
    return call.isRepeatable && (error instanceof Unreachable || error instanceof TimedOut);
  }
  if (error.status === 429) return true;
  const isUnderWay = error.status === 409 && error.retryAfter !== undefined;
  return call.isRepeatable && (OUTAGES.has(error.status) || isUnderWay);
}
