/** JSON whose numbers are decimals: read digit by digit as text, except fields that are counts. */
import { COUNTS } from "./generated/counts.ts";

const counts: ReadonlySet<string> = new Set(COUNTS);
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * Parse JSON without passing a decimal through floating point: `{"price": 43000.10, "seq": 7}` gives
 * `{price: "43000.10", seq: 7}`. Throws SyntaxError for what is not JSON.
 */
export function parseExact(text: string): unknown {
  let key = "";
  const quoted = text.replace(TOKEN, (token) => {
    if (token.startsWith('"')) {
      key = token.slice(1, -1);
      return token;
    }
    return counts.has(key) ? token : `"${token}"`;
  });
  return JSON.parse(quoted);
}
