/** The snippets of the integration guide, taken from the guide itself where it is at hand, as modules that can run. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const HERE = dirname(fileURLToPath(import.meta.url));
const SHARED = process.env["OPENBELL_SHARED_DATA"] ?? join(HERE, "../../../../../shared/data");
const GUIDE = join(SHARED, "../contracts/websocket-api-integration-guide.md");

/** Where the modules are written; names end as their language does. */
export const MODULES = join(HERE, ".guide");
export const hasGuide = existsSync(GUIDE);

/** Snippets by module: section and part of the guide, in the order in which a reader meets them. */
const WANTED: Record<string, Array<[section: string, part: string]>> = {
  "market_data_socket.ts": [
    ["Market Data WebSocket", "Connection"],
    ["Market Data WebSocket", "Subscriptions"],
  ],
  "trading_socket.ts": [
    ["Trading WebSocket", "Authentication"],
    ["Trading WebSocket", "Order Management"],
  ],
  "orders.ts": [
    ["REST API Integration", "Authentication"],
    ["REST API Integration", "Order Management"],
  ],
  "portfolio.ts": [
    ["REST API Integration", "Authentication"],
    ["REST API Integration", "Portfolio Management"],
  ],
  "market_data_hooks.tsx": [["React Hooks Usage", "Market Data Hooks"]],
  "trading_hooks.tsx": [["React Hooks Usage", "Trading Hooks"]],
  "market_data_provider.tsx": [["Context Providers", "Market Data Provider"]],
  "trading_provider.tsx": [["Context Providers", "Trading Provider"]],
};

/** What each module gives to a test; nothing of what is printed is changed. */
const EXPORTED: Record<string, string> = {
  "market_data_socket.ts": "marketDataWS",
  "trading_socket.ts": "tradingWS",
  "orders.ts": "order, orders",
  "portfolio.ts": "portfolio, positions, balances",
  "market_data_hooks.tsx": "MarketDataComponent",
  "trading_hooks.tsx": "TradingComponent",
  "market_data_provider.tsx": "App",
  "trading_provider.tsx": "App",
};

/** All TypeScript blocks by the two headings that stand over them. */
function blocks(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const headings: string[] = [];
  for (const piece of readFileSync(GUIDE, "utf8").split(/^(?=#{2,4} |```)/m)) {
    const heading = /^(#{2,4}) (.*)$/m.exec(piece);
    if (piece.startsWith("#") && heading?.[1] !== undefined) {
      headings.length = heading[1].length - 2;
      headings.push(heading[2] ?? "");
    } else if (piece.startsWith("```typescript\n")) {
      const key = headings.slice(-2).map((text) => text?.replace(/^[^A-Za-z]*/, "") ?? "");
      found.set(key.join("/"), [...(found.get(key.join("/")) ?? []), piece.slice("```typescript\n".length)]);
    }
  }
  return found;
}

/** Write the modules. Throws where the guide has no snippet that is wanted. */
export function writeModules(): string[] {
  mkdirSync(MODULES, { recursive: true });
  const all = blocks();
  return Object.entries(WANTED).map(([name, places]) => {
    const printed = places.flatMap(([section, part]) => {
      const key = [...all.keys()].find((one) => one.startsWith(section) && one.endsWith(`/${part}`));
      if (key === undefined)
        throw new Error(`no snippet under ${section} / ${part}; there are ${[...all.keys()]}`);
      return all.get(key) ?? [];
    });
    const path = join(MODULES, name);
    writeFileSync(path, `${printed.join("\n")}\nexport { ${EXPORTED[name]} }\n`);
    return path;
  });
}

const AMBIENT = "declare const YourTradingComponents: () => null;\n";

/** Compile modules strictly, with the guide's addresses standing for our packages; give what is wrong with them. */
export function complaints(paths: readonly string[]): string[] {
  const ambient = join(MODULES, "ambient.d.ts");
  writeFileSync(ambient, AMBIENT);
  const sdk = [join(HERE, "../../sdk/src/index.ts")];
  const react = [join(HERE, "../src/index.ts")];
  const program = ts.createProgram([ambient, ...paths], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
    jsx: ts.JsxEmit.ReactJSX,
    strict: true,
    exactOptionalPropertyTypes: true,
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    customConditions: ["openbell-source"],
    paths: {
      "@openbell/sdk": sdk,
      "@openbell/react": react,
      "@/services/websocket/*": sdk,
      "@/services/api/*": sdk,
      "@/services/hooks/*": react,
      "@/services/contexts/*": react,
    },
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map((one) => `${one.file?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(one.messageText, "\n")}`);
}
