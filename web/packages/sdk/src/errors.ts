/** What can go wrong, as one tree: every error has a stable `code`, and where it helps the `field` and what to do. */

/** One thing that is wrong with a request. */
export interface Detail {
  field: string;
  message: string;
}

interface Facts {
  field?: string | undefined;
  fix?: string | undefined;
  cause?: unknown;
}

/** Something that was asked for did not happen. */
export class OpenbellError extends Error {
  /** Stable, meant for programs. */
  readonly code: string;
  /** The field of the request that is wrong, where it is one. */
  readonly field: string | undefined;
  /** What to do about it, for people. */
  readonly fix: string | undefined;

  constructor(code: string, message: string, { field, fix, cause }: Facts = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.field = field;
    this.fix = fix;
  }
}

/** A value was refused before anything was sent. */
export class InvalidInput extends OpenbellError {
  constructor(field: string, message: string, fix: string) {
    super("INVALID_INPUT", `${field}: ${message}`, { field, fix });
  }
}

/** No answer came: nothing is known about what the server did. */
export class Unreachable extends OpenbellError {
  constructor(message: string, cause?: unknown) {
    super("UNREACHABLE", message, { fix: "Check that the server runs and the address is right.", cause });
  }
}

/** The server did not answer in time: nothing is known about what it did. */
export class TimedOut extends OpenbellError {
  constructor(message: string) {
    super("TIMED_OUT", message, { fix: "Ask what became of it before trying again." });
  }
}

/** A socket ended, for good or while something was under way. `closeCode` is the WebSocket's. */
export class ConnectionLost extends OpenbellError {
  readonly closeCode: number;

  constructor(message: string, closeCode = 1006) {
    super("CONNECTION_LOST", message);
    this.closeCode = closeCode;
  }
}

/** A request was sent and its answer was lost. It may have been carried out. */
export class OutcomeUnknown extends OpenbellError {
  /** What to look the order up by, where it was one. */
  readonly clientOrderId: string | undefined;

  constructor(message: string, clientOrderId?: string) {
    super("OUTCOME_UNKNOWN", message, {
      fix: "Look it up before trying again; an order by its client_order_id.",
    });
    this.clientOrderId = clientOrderId;
  }
}

/** What the server says of a request it refused. */
export interface Refusal {
  status: number;
  code: string;
  message: string;
  details?: readonly Detail[];
  requestId?: string;
  retryAfter?: number | undefined;
}

/** The server refused: an answer with an error in it, by HTTP (`status`) or on a socket (`status` 0). */
export class ApiError extends OpenbellError {
  readonly status: number;
  readonly details: readonly Detail[];
  readonly requestId: string;
  /** Seconds to wait before trying again, where the server said so. */
  readonly retryAfter: number | undefined;

  constructor({ status, code, message, details = [], requestId = "", retryAfter }: Refusal) {
    const first = details[0];
    super(code, message, { field: first?.field || undefined, fix: first?.message });
    this.status = status;
    this.details = details;
    this.requestId = requestId;
    this.retryAfter = retryAfter;
  }
}

/** Nobody is signed in, or no longer: 401. */
export class Unauthorized extends ApiError {}
/** The caller may not do this: 403. */
export class Forbidden extends ApiError {}
/** There is no such thing, or it is somebody else's: 404. */
export class NotFound extends ApiError {}
/** Something else happened first, such as a newer revision: 409, 412. */
export class Conflict extends ApiError {}
/** Too much at once: 429. `retryAfter` says how long to wait. */
export class RateLimited extends ApiError {}
/** The server cannot now: 5xx. */
export class Unavailable extends ApiError {}

const BY_STATUS: Readonly<Record<number, typeof ApiError>> = {
  401: Unauthorized,
  403: Forbidden,
  404: NotFound,
  409: Conflict,
  412: Conflict,
  429: RateLimited,
};
const BY_CODE: Readonly<Record<string, typeof ApiError>> = {
  UNAUTHORIZED: Unauthorized,
  INVALID_CREDENTIALS: Unauthorized,
  FORBIDDEN: Forbidden,
  NOT_FOUND: NotFound,
  RATE_LIMITED: RateLimited,
  RATE_LIMIT_EXCEEDED: RateLimited,
};

/** Give the error of the right class for a refusal. */
export function errorOf(refusal: Refusal): ApiError {
  const Kind =
    BY_STATUS[refusal.status] ?? (refusal.status >= 500 ? Unavailable : BY_CODE[refusal.code]) ?? ApiError;
  return new Kind(refusal);
}

/** The error shape of all contracts. */
export interface ErrorBody {
  error?: { code?: unknown; message?: unknown; details?: unknown; retry_after?: unknown } | undefined;
  request_id?: unknown;
}

function detailsOf(value: unknown): Detail[] {
  if (!Array.isArray(value)) return [];
  return value.map(({ field, message }) => ({ field: String(field ?? ""), message: String(message ?? "") }));
}

/** Read the error out of an answer's body; an answer of somebody else (a proxy) gets the code BAD_ANSWER. */
export function errorOfBody(body: ErrorBody | null | undefined, status = 0, retryAfter?: number): ApiError {
  const error = body?.error;
  const after = typeof error?.retry_after === "number" ? error.retry_after : retryAfter;
  return errorOf({
    status,
    code: typeof error?.code === "string" ? error.code : "BAD_ANSWER",
    message: typeof error?.message === "string" ? error.message : `The server answered ${status}.`,
    details: detailsOf(error?.details),
    requestId: typeof body?.request_id === "string" ? body.request_id : "",
    retryAfter: after,
  });
}
