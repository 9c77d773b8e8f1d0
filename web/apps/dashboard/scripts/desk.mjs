/** A signed-in browser before a server: what the scripts beside it share. */
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

export const url = process.env["OPENBELL_URL"] ?? "http://127.0.0.1:8000";
export const email = process.env["OPENBELL_EMAIL"] ?? "admin@openbell.local";
const password = process.env["OPENBELL_PASSWORD"] ?? "";
const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"];

/** Start the system's browser. */
export function launch(flags = []) {
  const executablePath = BROWSERS.find((path) => existsSync(path));
  if (!executablePath) throw new Error("There is no chromium on this machine.");
  return chromium.launch({ executablePath, args: [...FLAGS, "--disable-background-networking", ...flags] });
}

/** Give a function that calls the API as the user of the environment. */
export async function api() {
  const call = async (method, path, body, token) => {
    const answer = await fetch(url + path, {
      method,
      headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${said.error?.message}`);
    return said;
  };
  const { access_token } = await call("POST", "/v1/auth/login", { email, password });
  return (method, path, body) => call(method, path, body, access_token);
}

/** Sign in through the page. */
export async function signIn(page) {
  await page.goto(`${url}/`);
  await page.getByLabel("Email or username").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForSelector('[data-line="live"]');
}
