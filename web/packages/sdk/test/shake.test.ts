import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { describe, expect, it } from "vitest";

const SDK = join(dirname(fileURLToPath(import.meta.url)), "../src/index.ts");

/** Bundle a program that uses a part of the SDK, and give its text. */
async function bundled(names: string): Promise<string> {
  const input = join(mkdtempSync(join(tmpdir(), "shake-")), "program.ts");
  writeFileSync(input, `import { ${names} } from ${JSON.stringify(SDK)};\nconsole.log(${names});\n`);
  const bundle = await rolldown({
    input,
    resolve: { modules: [join(dirname(SDK), "../../../node_modules")] },
  });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  return output[0].code;
}

describe("what a program does not use", () => {
  it("is not in its bundle", async () => {
    const small = await bundled("newClientOrderId");
    expect(small.length).toBeLessThan(1_500);
    expect(small).not.toMatch(/subscribe|HMAC|Bearer/);
  });

  it("stays out of one that streams prices: no signing, no HTTP", async () => {
    const prices = await bundled("MarketDataWebSocket");
    expect(prices).toMatch(/subscribe/);
    expect(prices).not.toMatch(/HMAC|idempotency-key/);
  });
});
