/** TypeScript for the messages of AsyncAPI: one interface a socket and direction, one property a message. */

const quoted = (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));
const pascal = (name) => name.replace(/(^|[-_])(\w)/g, (_, __, letter) => letter.toUpperCase());

function objectOf(schema, counts, indent) {
  const required = new Set(schema.required ?? []);
  const inner = `${indent}  `;
  const fields = Object.entries(schema.properties).map(
    ([name, value]) =>
      `${inner}${quoted(name)}${required.has(name) ? "" : "?"}: ${typeOf(value, counts, inner, name)};\n`,
  );
  return `{\n${fields.join("")}${indent}}`;
}

function typeOf(schema, counts, indent, name) {
  if (schema === true || schema === undefined || Object.keys(schema).length === 0) return "unknown";
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const union = schema.anyOf ?? schema.oneOf;
  if (union) return union.map((part) => typeOf(part, counts, indent, name)).join(" | ");
  if (Array.isArray(schema.type)) {
    return schema.type.map((type) => typeOf({ ...schema, type }, counts, indent, name)).join(" | ");
  }
  switch (schema.type) {
    case "object":
      if (schema.properties) return objectOf(schema, counts, indent);
      return `Record<string, ${schema.additionalProperties ? typeOf(schema.additionalProperties, counts, indent, "") : "unknown"}>`;
    case "array":
      return `Array<${typeOf(schema.items, counts, indent, name)}>`;
    case "integer":
    case "number":
      return counts.has(name) ? "number" : "string";
    case "boolean":
    case "string":
    case "null":
      return schema.type;
    default:
      return "unknown";
  }
}

/** Messages are keyed `socket.direction.type` in the document; a `$ref` is not used inside a payload. */
export function messageTypes(document, counts) {
  const groups = new Map();
  for (const [key, message] of Object.entries(document.components.messages)) {
    const [socket, direction, type] = key.split(".");
    const group = `${pascal(socket)}${direction === "send" ? "Sent" : "Received"}`;
    const doc = message.summary ? `  /** ${message.summary} */\n` : "";
    const line = `${doc}  ${quoted(type)}: ${typeOf(message.payload, counts, "  ", "")};\n`;
    groups.set(group, [...(groups.get(group) ?? []), line]);
  }
  return [...groups].map(([name, lines]) => `export interface ${name} {\n${lines.join("")}}\n`).join("\n");
}
