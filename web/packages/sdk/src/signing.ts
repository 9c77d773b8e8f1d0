/** HMAC-SHA256 signatures of the desk contract, by the runtime's own cryptography. */
import { InvalidInput } from "./errors.ts";

export interface Signable {
  method: string;
  /** Path and query, exactly as sent. */
  path: string;
  timestamp: number;
  nonce?: string;
  body?: string;
}

/** Give the text that is signed. */
export function signedText({ method, path, timestamp, nonce = "", body = "" }: Signable): string {
  return [method.toUpperCase(), path, String(timestamp), nonce, body].join("\n");
}

/** Sign with a secret. Throws InvalidInput where the runtime has no cryptography: pages need https or localhost. */
export async function sign(secret: string, what: Signable): Promise<string> {
  const { subtle } = globalThis.crypto ?? {};
  if (subtle === undefined) {
    throw new InvalidInput("crypto", "this page may not sign", "Serve it over https, or from localhost.");
  }
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["sign"]);
  const signature = new Uint8Array(await subtle.sign("HMAC", key, encoder.encode(signedText(what))));
  return Array.from(signature, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Give a nonce: 128 bits of chance as text. */
export function newNonce(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
