/**
 * Writes the SDK's generated sources from the server's own documents: types of every route (OpenAPI) and of every
 * message (AsyncAPI), and the names of the fields that are counts. Runs before build, check and test, and does nothing
 * when what it would write is newer than what it reads.
 */
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";
import { countNames } from "./counts.mjs";
import { messageTypes } from "./messages.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const DOCUMENTS = join(HERE, "../../docs/api");
const TARGET = join(HERE, "../packages/sdk/src/generated");
const CONTRACTS = ["platform", "desk", "terminal", "telemetry"];
const INPUTS = [
  ...CONTRACTS.map((name) => join(DOCUMENTS, `openapi-${name}.json`)),
  join(DOCUMENTS, "asyncapi.json"),
  ...["generate", "counts", "messages"].map((name) => join(HERE, `${name}.mjs`)),
];
const OUTPUTS = [...CONTRACTS, "messages", "counts"].map((name) => join(TARGET, `${name}.ts`));
const HEADING = "// Written by `npm run generate` from the server's documents. Changes here are lost.\n\n";

const changedAt = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Decimals of the desk and the terminal are JSON numbers, which the SDK reads as text, digit by digit. */
function withExactDecimals(schema, counts, name = "") {
  if (Array.isArray(schema)) return schema.map((part) => withExactDecimals(part, counts, name));
  if (schema === null || typeof schema !== "object") return schema;
  const isDecimal = schema.type === "number" || (schema.type === "integer" && !counts.has(name));
  const changed = isDecimal ? { ...schema, type: "string" } : { ...schema };
  for (const part of ["items", "anyOf", "oneOf", "allOf"]) {
    if (changed[part]) changed[part] = withExactDecimals(changed[part], counts, name);
  }
  if (changed.properties) {
    const entries = Object.entries(changed.properties);
    changed.properties = Object.fromEntries(
      entries.map(([key, one]) => [key, withExactDecimals(one, counts, key)]),
    );
  }
  return changed;
}

function schemasNamed(node, found) {
  if (node === null || typeof node !== "object") return;
  if (typeof node.$ref === "string") found.add(node.$ref.split("/").at(-1));
  for (const value of Object.values(node)) schemasNamed(value, found);
}

/** A field with a default may be left out of a request, and is always there in an answer. */
function answersAreWhole(document) {
  const schemas = document.components.schemas;
  const asked = new Set();
  for (const operations of Object.values(document.paths)) {
    for (const operation of Object.values(operations)) schemasNamed(operation.requestBody ?? null, asked);
  }
  for (const name of asked) schemasNamed(schemas[name] ?? null, asked);
  for (const [name, schema] of Object.entries(schemas)) {
    if (asked.has(name) || !schema.properties) continue;
    const defaulted = Object.keys(schema.properties).filter((field) => "default" in schema.properties[field]);
    schema.required = [...new Set([...(schema.required ?? []), ...defaulted])];
  }
  return document;
}

async function write() {
  mkdirSync(TARGET, { recursive: true });
  const documents = Object.fromEntries(
    CONTRACTS.map((name) => [
      name,
      JSON.parse(readFileSync(join(DOCUMENTS, `openapi-${name}.json`), "utf8")),
    ]),
  );
  const counts = countNames([documents.desk, documents.terminal, documents.telemetry]);
  for (const [name, document] of Object.entries(documents)) {
    const { schemas } = answersAreWhole(document).components;
    for (const key of name === "platform" ? [] : Object.keys(schemas)) {
      schemas[key] = withExactDecimals(schemas[key], counts);
    }
    const nodes = await openapiTS(document, { alphabetize: false, defaultNonNullable: false });
    writeFileSync(join(TARGET, `${name}.ts`), HEADING + astToString(nodes));
  }
  const asyncapi = JSON.parse(readFileSync(join(DOCUMENTS, "asyncapi.json"), "utf8"));
  writeFileSync(join(TARGET, "messages.ts"), HEADING + messageTypes(asyncapi, counts));
  const list = [...counts].map((name) => `  ${JSON.stringify(name)},\n`).join("");
  const text = `/** Fields that count something; every other number on the wire is a decimal. */\n`;
  writeFileSync(
    join(TARGET, "counts.ts"),
    `${HEADING}${text}export const COUNTS: readonly string[] = [\n${list}];\n`,
  );
}

if (Math.max(...INPUTS.map(changedAt)) > Math.min(...OUTPUTS.map(changedAt))) await write();
