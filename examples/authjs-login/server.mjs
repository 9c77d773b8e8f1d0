// The same without Next.js: Auth.js on Node's own server.
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { Auth } from "@auth/core";
import { authConfig } from "./lib/auth.mjs";
import { portfolio } from "./lib/portfolio.mjs";

const { env } = process;
if (!env.AUTH_SECRET) throw new Error("Set AUTH_SECRET: openssl rand -hex 32");

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Openbell</title>
<p><a href="/api/auth/signin">Sign in</a> · <a href="/api/auth/signout">Sign out</a> · <a href="/api/portfolio">Portfolio</a></p>`;

function route(request) {
  const { pathname } = new URL(request.url);
  if (pathname.startsWith("/api/auth/")) return Auth(request, authConfig(env));
  if (pathname === "/api/portfolio" && request.method === "GET") return portfolio(request, env);
  if (pathname === "/") return new Response(PAGE, { headers: { "content-type": "text/html" } });
  return new Response("Not found", { status: 404 });
}

const server = createServer(async (incoming, outgoing) => {
  const hasBody = incoming.method !== "GET" && incoming.method !== "HEAD";
  const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
    method: incoming.method,
    headers: incoming.headers,
    ...(hasBody ? { body: Readable.toWeb(incoming), duplex: "half" } : {}),
  });
  try {
    const answer = await route(request);
    outgoing.writeHead(answer.status, [...answer.headers].flat());
    outgoing.end(Buffer.from(await answer.arrayBuffer()));
  } catch (error) {
    console.error(error);
    outgoing.writeHead(500).end();
  }
});

server.listen(Number(env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`Listening at http://127.0.0.1:${server.address().port}`);
});
