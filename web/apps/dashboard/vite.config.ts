/** Built into dist; in development on 3002, with the server's routes passed on to it. */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const server = process.env["OPENBELL_URL"] ?? "http://127.0.0.1:8000";
const routes = ["/v1", "/api", "/ws", "/health", "/ready", "/docs", "/openapi.json"];

export default defineConfig({
  plugins: [react()],
  resolve: { conditions: ["openbell-source", "module", "browser", "development|production"] },
  server: {
    port: 3002,
    proxy: Object.fromEntries(routes.map((route) => [route, { target: server, ws: true }])),
  },
  build: { target: "es2022", sourcemap: false, reportCompressedSize: false },
});
