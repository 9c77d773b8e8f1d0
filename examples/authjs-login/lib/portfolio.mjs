// A call on the user's behalf: the browser sends its cookie, this server the token in it.
import { Auth } from "@auth/core";
import { authConfig } from "./auth.mjs";

/** Answer with the portfolio of whoever is signed in; renewed tokens go back into the cookie. */
export async function portfolio(request, env) {
  let tokens = null;
  const asked = new Request(new URL("/api/auth/session", request.url), {
    headers: { cookie: request.headers.get("cookie") ?? "" },
  });
  const session = await Auth(asked, authConfig(env, (found) => (tokens = found)));
  const headers = new Headers({ "cache-control": "no-store", "content-type": "application/json" });
  for (const cookie of session.headers.getSetCookie()) headers.append("set-cookie", cookie);
  if (tokens === null) return new Response('{"error": "Nobody is signed in."}', { status: 401, headers });
  const answer = await fetch(`${env.OPENBELL_URL ?? "http://127.0.0.1:8000"}/v1/portfolio`, {
    headers: { authorization: `Bearer ${tokens.access}` },
  });
  return new Response(await answer.text(), { status: answer.status, headers });
}
