/** What our own pages show compiles, against the sources beside them. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { complaints, MODULES } from "./guide.ts";

const HERE = dirname(fileURLToPath(import.meta.url));
const PAGES = ["../../../../docs/guide/typescript.md", "../../sdk/README.md", "../README.md"];

function modules(): string[] {
  mkdirSync(MODULES, { recursive: true });
  return PAGES.flatMap((page, number) => {
    const text = readFileSync(join(HERE, page), "utf8");
    return [...text.matchAll(/^```(typescript|tsx)\n(.*?)^```/gms)].map(([, kind, body], at) => {
      const path = join(MODULES, `page_${number}_${at}.${kind === "tsx" ? "tsx" : "ts"}`);
      writeFileSync(path, body ?? "");
      return path;
    });
  });
}

describe("our pages", () => {
  it("show TypeScript that compiles", { timeout: 120_000 }, () => {
    const paths = modules();
    expect(paths.length).toBeGreaterThan(7);
    expect(complaints(paths)).toEqual([]);
  });
});
