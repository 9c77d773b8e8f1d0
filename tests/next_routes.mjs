// Serves an example's Next.js route handlers as Next.js does: app/api/a/[b]/route.js answers /api/a/x with params {b: "x"}.
import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const APP = join(process.cwd(), "app");
const files = readdirSync(APP, { recursive: true }).filter((name) => name.endsWith("route.js"));
const routes = files.map((file) => {
  const parts = file.split(/[\\/]/).slice(0, -1);
  const pattern = parts.map((part) => part.replace(/^\[(?:\.\.\.)?(\w+)\]$/, "(?<$1>[^/]+)")).join("/");
  return { file, pattern: new RegExp(`^/${pattern}$`) };
});

async function answer(request) {
  const { pathname } = new URL(request.url);
  for (const { file, pattern } of routes) {
    const found = pattern.exec(pathname);
    if (found === null) continue;
    const handlers = await import(pathToFileURL(join(APP, file)));
    const handle = handlers[request.method];
    if (handle === undefined) return new Response(null, { status: 405 });
    return handle(request, { params: Promise.resolve({ ...found.groups }) });
  }
  return new Response(null, { status: 404 });
}

const server = createServer(async (incoming, outgoing) => {
  const pieces = [];
  for await (const piece of incoming) pieces.push(piece);
  const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
    method: incoming.method,
    headers: incoming.headers,
    ...(["GET", "HEAD"].includes(incoming.method) ? {} : { body: Buffer.concat(pieces) }),
  });
  const response = await answer(request);
  outgoing.writeHead(response.status, [...response.headers].flat());
  outgoing.end(Buffer.from(await response.arrayBuffer()));
});
server.listen(0, "127.0.0.1", () => console.log(`Routes at http://127.0.0.1:${server.address().port}`));
