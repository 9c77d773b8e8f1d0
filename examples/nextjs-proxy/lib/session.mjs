// Sessions of the dashboard: a signed cookie that scripts cannot read and other sites cannot send.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

const NAME = "dashboard_session";
const HOURS = 8;

const digest = (text) => createHash("sha256").update(text).digest();
const sign = (text, env) => createHmac("sha256", env.SESSION_SECRET).update(text).digest("base64url");

/** Tell whether a password is the dashboard's, in the same time whatever it is. */
export function isPassword(given, env) {
  return timingSafeEqual(digest(String(given)), digest(env.DASHBOARD_PASSWORD));
}

/** Give the Set-Cookie header of a new session. */
export function cookie(env, now = Date.now()) {
  const until = String(now + HOURS * 3_600_000);
  const secure = env.DASHBOARD_HTTPS === "false" ? "" : "; Secure";
  return `${NAME}=${until}.${sign(until, env)}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${HOURS * 3600}${secure}`;
}

/** Tell whether a request belongs to a session that has not run out. */
export function isSignedIn(request, env, now = Date.now()) {
  const cookies = (request.headers.get("cookie") ?? "").split(/;\s*/);
  const value = cookies.find((one) => one.startsWith(`${NAME}=`))?.slice(NAME.length + 1) ?? "";
  const [until, signature = ""] = value.split(".");
  if (!until) return false;
  return timingSafeEqual(digest(signature), digest(sign(until, env))) && Number(until) > now;
}
