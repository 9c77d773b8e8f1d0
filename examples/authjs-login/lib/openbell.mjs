// Openbell's sign-in as Auth.js wants it: a user with tokens, and tokens that are renewed in time.

const RENEW_BEFORE_MS = 60_000;
const KEPT_MS = 30_000;

/** Renewals under way or just done, by refresh token: it is good once, and a second use ends the session. */
const renewals = new Map();

const post = (env, path, headers, body) =>
  fetch(`${env.OPENBELL_URL ?? "http://127.0.0.1:8000"}/v1/auth/${path}`, { method: "POST", headers, body });

function tokensOf({ access_token, refresh_token, expires_in }, now) {
  return { access: access_token, refresh: refresh_token, goodUntil: now + expires_in * 1000 };
}

/** Give the user of a name and a password, or the code of the refusal: MFA_REQUIRED asks for the second factor. */
export async function signIn({ email, password, mfa_token = "" }, env, now = Date.now()) {
  const body = JSON.stringify({ email, password, mfa_token });
  const answer = await post(env, "login", { "content-type": "application/json" }, body);
  const said = await answer.json();
  if (!answer.ok) return { refused: said.error?.code ?? "UNAVAILABLE" };
  return { id: String(email), email, tokens: tokensOf(said, now) };
}

/** Give tokens that are good for a while: these, or renewed ones; null where the session has ended. */
export async function fresh(tokens, env, now = Date.now()) {
  if (now < tokens.goodUntil - RENEW_BEFORE_MS) return tokens;
  if (!renewals.has(tokens.refresh)) {
    renewals.set(tokens.refresh, renewed(tokens, env, now));
    setTimeout(() => renewals.delete(tokens.refresh), KEPT_MS).unref();
  }
  return renewals.get(tokens.refresh);
}

async function renewed(tokens, env, now) {
  const answer = await post(env, "refresh", { authorization: `Bearer ${tokens.refresh}` });
  return answer.ok ? tokensOf(await answer.json(), now) : null;
}

/** End the session at the server too. */
export async function signOut(tokens, env) {
  await post(env, "logout", { authorization: `Bearer ${tokens.access}` });
}
