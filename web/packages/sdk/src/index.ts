/** TypeScript client of an Openbell server. */

export type { Backoff, Draw } from "./backoff.ts";
export { REQUEST_BACKOFF, SOCKET_BACKOFF, waitMs } from "./backoff.ts";
export type { DecimalInput, DecimalText } from "./decimal.ts";
export { compare, Decimal, decimal, decimalText, sum } from "./decimal.ts";
export * from "./errors.ts";
export { parseExact } from "./exact_json.ts";
export type { components as PlatformComponents, paths as PlatformPaths } from "./generated/platform.ts";
export type { TransportOptions } from "./http.ts";
export { newClientOrderId } from "./ids.ts";
export type { Answer, CallOptions, Method, PathOf } from "./platform.ts";
export { Platform } from "./platform.ts";
export type { Readable, Unsubscribe } from "./readable.ts";
export { Cell } from "./readable.ts";
export type { Session, SessionState, SignIn, User, UserSessionOptions } from "./session.ts";
export { FixedSession, UserSession } from "./session.ts";
export type { StreamOptions } from "./stream.ts";
export { AccountStream } from "./stream.ts";
export type * from "./stream_types.ts";
export type { SocketFactory, SocketLike } from "./wire/connection.ts";
export type { Topic } from "./wire/message.ts";
