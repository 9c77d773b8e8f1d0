import { defineConfig } from "vitest/config";

const conditions = ["openbell-source"];

export default defineConfig({
  resolve: {
    conditions,
    // Where the integration guide's snippets import from.
    alias: [
      { find: /^@\/services\/(websocket|api)\/.*/, replacement: "@openbell/sdk" },
      { find: /^@\/services\/(hooks|contexts)\/.*/, replacement: "@openbell/react" },
    ],
  },
  ssr: { resolve: { conditions } },
  test: {
    name: "react",
    environment: "happy-dom",
    environmentOptions: { happyDOM: { settings: { fetch: { disableSameOriginPolicy: true } } } },
    include: ["test/**/*.test.{ts,tsx}"],
    testTimeout: 20_000,
  },
});
