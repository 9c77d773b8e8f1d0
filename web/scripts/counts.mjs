/** Which fields of the documents are counts (integers by their model), as opposed to decimals that look whole. */

/** Integers of socket messages and error bodies that no route's model names. */
const OF_MESSAGES = [
  "seq",
  "checksum",
  "from_seq",
  "depth",
  "authenticate_within_ms",
  "prev_seq",
  "part",
  "parts",
  "sequence",
  "expires_in",
  "retry_after",
  "subscriptions",
  "message_bytes",
  "messages_per_second",
  "heartbeat_interval_ms",
  "idle_timeout_ms",
  "count",
  "status_code",
];

function visit(schema, found, name) {
  if (Array.isArray(schema)) {
    for (const part of schema) visit(part, found, name);
    return;
  }
  if (schema === null || typeof schema !== "object") return;
  if (schema.type === "integer") found.integers.add(name);
  if (schema.type === "number") found.decimals.add(name);
  for (const [key, value] of Object.entries(schema.properties ?? {})) visit(value, found, key);
  for (const part of ["items", "anyOf", "oneOf", "allOf"]) if (schema[part]) visit(schema[part], found, name);
}

/** Names that are integers in some model and decimals in none. */
export function countNames(documents) {
  const found = { integers: new Set(OF_MESSAGES), decimals: new Set() };
  for (const document of documents) {
    for (const schema of Object.values(document.components.schemas)) visit(schema, found, "");
  }
  return new Set([...found.integers].filter((name) => name !== "" && !found.decimals.has(name)).sort());
}
