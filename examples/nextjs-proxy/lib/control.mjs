// The proxy: two calls and no more go on to Openbell, and only here is the API key added.
// It speaks the web's own Request and Response, so that a Next.js route handler and a plain Node server share it.
import { cookie, isPassword, isSignedIn } from "./session.mjs";

const CALLS = {
  parameters: { methods: ["GET", "PATCH"], path: "/api/v1/control/parameters" },
  "emergency-stop": { methods: ["POST"], path: "/api/v1/control/emergency-stop" },
};
const BODY_MAX = 16 * 1024;
const TIMEOUT_MS = 15_000;
const PASSED_ON = ["content-type", "if-match", "idempotency-key"];
const PASSED_BACK = ["content-type", "etag", "retry-after", "x-request-id"];

const say = (status, code, message, headers = {}) =>
  Response.json({ error: { code, message } }, { status, headers: { "cache-control": "no-store", ...headers } });

/** Tell whether the page that asks is ours: a browser names it on everything but a plain read. */
function isOurs(request) {
  const origin = request.headers.get("origin");
  if (origin === null) return request.method === "GET";
  try {
    return new URL(origin).host === request.headers.get("host");
  } catch {
    return false;
  }
}

async function bodyOf(request) {
  const body = await request.text();
  return body.length <= BODY_MAX ? body : undefined;
}

/** Begin a session: POST {"password": "…"}. */
export async function signIn(request, env) {
  if (!isOurs(request)) return say(403, "FORBIDDEN", "This page may not sign in here.");
  let password;
  try {
    password = JSON.parse((await bodyOf(request)) ?? "null")?.password;
  } catch {
    return say(400, "BAD_REQUEST", "Send a JSON object with a password.");
  }
  if (!isPassword(password, env)) return say(401, "UNAUTHORIZED", "Wrong password.");
  return Response.json({ ok: true }, { headers: { "set-cookie": cookie(env), "cache-control": "no-store" } });
}

/** Pass one control call on, for a signed-in page of ours. */
export async function control(request, action, env) {
  const call = Object.hasOwn(CALLS, action) ? CALLS[action] : undefined;
  if (!call) return say(404, "NOT_FOUND", "No such call.");
  if (!call.methods.includes(request.method)) return say(405, "METHOD_NOT_ALLOWED", "Not this way.");
  if (!isOurs(request)) return say(403, "FORBIDDEN", "This page may not control anything.");
  if (!isSignedIn(request, env)) return say(401, "UNAUTHORIZED", "Sign in first.");
  const body = request.method === "GET" ? undefined : await bodyOf(request);
  if (request.method !== "GET" && body === undefined) return say(413, "PAYLOAD_TOO_LARGE", "That is too long.");
  const headers = new Headers({ "x-api-key": env.DASHBOARD_API_KEY });
  for (const name of PASSED_ON) {
    if (request.headers.has(name)) headers.set(name, request.headers.get(name));
  }
  let answer;
  try {
    answer = await fetch(new URL(call.path, env.OPENBELL_URL), {
      method: request.method,
      headers,
      body: body || undefined,
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    return say(502, "BAD_GATEWAY", "The trading server did not answer.");
  }
  const back = new Headers({ "cache-control": "no-store" });
  for (const name of PASSED_BACK) {
    if (answer.headers.has(name)) back.set(name, answer.headers.get(name));
  }
  return new Response(await answer.text(), { status: answer.status, headers: back });
}
