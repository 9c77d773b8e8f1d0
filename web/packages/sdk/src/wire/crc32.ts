/** CRC-32 as zip files and the server's books have it (IEEE 802.3, reflected polynomial EDB88320). */

const POLYNOMIAL = 0xedb88320;
const TABLE = /* @__PURE__ */ Int32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = (rest >>> 1) ^ (rest & 1 ? POLYNOMIAL : 0);
  return rest;
});

/** Give the checksum of a text of ASCII characters, from 0 to 2^32 - 1. */
export function crc32(text: string): number {
  let rest = -1;
  for (let at = 0; at < text.length; at += 1)
    rest = (rest >>> 8) ^ (TABLE[(rest ^ text.charCodeAt(at)) & 0xff] ?? 0);
  return ~rest >>> 0;
}
