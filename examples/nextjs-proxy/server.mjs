// The same proxy without Next.js: `node server.mjs`. It serves the page, the session and the two control calls.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { control, signIn } from "./lib/control.mjs";

const NEEDED = ["DASHBOARD_API_KEY", "DASHBOARD_PASSWORD", "SESSION_SECRET"];
const FILES = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/dashboard.js": ["dashboard.js", "text/javascript; charset=utf-8"],
  "/dashboard.css": ["dashboard.css", "text/css; charset=utf-8"],
};
const BYTES_MAX = 64 * 1024;

const env = { OPENBELL_URL: "http://127.0.0.1:8000", PORT: "3000", HOST: "127.0.0.1", ...process.env };
const missing = NEEDED.filter((name) => !env[name]);
if (missing.length > 0) {
  console.error(`Set ${missing.join(", ")}; see README.md.`);
  process.exit(2);
}
const stream = new URL("/api/v1/ws/stream", env.NEXT_PUBLIC_WS_URL ?? env.OPENBELL_URL.replace(/^http/, "ws"));

async function page(path) {
  const [name, type] = FILES[path];
  const policy = `default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ${stream.origin}`;
  const headers = { "content-type": type, "content-security-policy": policy, "x-content-type-options": "nosniff" };
  return new Response(await readFile(new URL(`./public/${name}`, import.meta.url)), { headers });
}

async function answer(request) {
  const path = new URL(request.url).pathname;
  if (request.method === "GET" && Object.hasOwn(FILES, path)) return page(path);
  if (request.method === "GET" && path === "/config.json") return Response.json({ stream: stream.href });
  if (request.method === "POST" && path === "/api/session") return signIn(request, env);
  if (path.startsWith("/api/control/")) return control(request, path.slice("/api/control/".length), env);
  return new Response("Not found", { status: 404 });
}

async function bytesOf(incoming) {
  const pieces = [];
  let size = 0;
  for await (const piece of incoming) {
    size += piece.length;
    if (size > BYTES_MAX) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

const server = createServer(async (incoming, outgoing) => {
  try {
    const body = await bytesOf(incoming);
    const hasBody = !["GET", "HEAD"].includes(incoming.method);
    const url = `http://${incoming.headers.host ?? "localhost"}${incoming.url}`;
    const request = new Request(url, {
      method: incoming.method,
      headers: Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
      body: hasBody ? body : undefined,
    });
    const response = body === undefined ? new Response("Too large", { status: 413 }) : await answer(request);
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  } catch (problem) {
    console.error(problem);
    outgoing.writeHead(500).end();
  }
});
server.listen(Number(env.PORT), env.HOST, () => console.log(`Dashboard at http://${env.HOST}:${server.address().port}`));
