/** Ids that are made here, before anything is sent, so that sending twice is doing once. */

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** Give a new client order id: time first, so that they sort, then 80 bits of chance. */
export function newClientOrderId(nowMs: number = Date.now()): string {
  let time = "";
  for (let rest = nowMs, digit = 0; digit < 9; digit += 1) {
    time = ALPHABET[rest % 32] + time;
    rest = Math.floor(rest / 32);
  }
  const chance = crypto.getRandomValues(new Uint8Array(16));
  return `web-${time}${Array.from(chance, (byte) => ALPHABET[byte % 32]).join("")}`;
}
