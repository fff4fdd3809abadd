const PRIME1 = 0x9e3779b1;
const PRIME2 = 0x85ebca77;
const PRIME3 = 0xc2b2ae3d;
const PRIME4 = 0x27d4eb2f;
const PRIME5 = 0x165667b1;

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));
const round = (lane: number, word: number): number =>
  Math.imul(rotate((lane + Math.imul(word, PRIME2)) | 0, 13), PRIME1);

/** xxHash, 32 bits, seed 0, of a text's UTF-8 bytes. The hash of Kong's rings; its algorithm is public. */
export function xxh32(text: string): number {
  const bytes = Buffer.from(text);
  let at = 0;
  let hash = PRIME5;
  if (bytes.length >= 16) {
    const lanes = [(PRIME1 + PRIME2) | 0, PRIME2, 0, -PRIME1 | 0];
    for (; at <= bytes.length - 16; at += 16) {
      for (let lane = 0; lane < 4; lane++) {
        lanes[lane] = round(lanes[lane] as number, bytes.readUInt32LE(at + 4 * lane));
      }
    }
    hash = [1, 7, 12, 18].reduce((sum, bits, lane) => (sum + rotate(lanes[lane] as number, bits)) | 0, 0);
  }
  hash = (hash + bytes.length) | 0;
  for (; at <= bytes.length - 4; at += 4) {
    hash = Math.imul(rotate((hash + Math.imul(bytes.readUInt32LE(at), PRIME3)) | 0, 17), PRIME4);
  }
  for (; at < bytes.length; at++) {
    hash = Math.imul(rotate((hash + Math.imul(bytes[at] as number, PRIME5)) | 0, 11), PRIME1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), PRIME2);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME3);
  return (hash ^ (hash >>> 16)) >>> 0;
}
