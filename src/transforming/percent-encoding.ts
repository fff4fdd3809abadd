/**
 * Percent-encoding of bytes, one character each. Loops over tables rather than patterns with callbacks: a body may be
 * megabytes of what has to be encoded or decoded.
 */

const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;

const HEX = Buffer.from('0123456789ABCDEF');

/** The value of a hexadecimal digit by its character code; 16 for any other. */
const DIGITS = new Uint8Array(256).fill(16);
for (let value = 0; value < 16; value++) {
  DIGITS[HEX[value] as number] = value;
  DIGITS[
    HEX.toString('latin1', value, value + 1)
      .toLowerCase()
      .charCodeAt(0)
  ] = value;
}

/** What `encodeURIComponent` leaves alone, and so does Kong's nginx (ngx.encode_args). */
const UNRESERVED = /[A-Za-z0-9\-._~!'()*]/;
/** 1 for the characters that stand for themselves in a name or value of a query string. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, code) => (UNRESERVED.test(String.fromCharCode(code)) ? 1 : 0));

/** A name or value of a query string: all but unreserved characters is encoded. */
export function encodedComponent(bytes: string): string {
  if (!/[^A-Za-z0-9\-._~!'()*]/.test(bytes)) return bytes;
  const encoded = Buffer.allocUnsafe(bytes.length * 3);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const code = bytes.charCodeAt(at);
    if (PLAIN[code] === 1) encoded[length++] = code;
    else {
      encoded[length++] = PERCENT;
      encoded[length++] = HEX[code >> 4] as number;
      encoded[length++] = HEX[code & 15] as number;
    }
  }
  return encoded.toString('latin1', 0, length);
}

/** Undoes percent-encoding and `+` for a space; a `%` that starts no code stays. */
export function decodedComponent(text: string): string {
  if (!/[%+]/.test(text)) return text;
  const decoded = Buffer.allocUnsafe(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const high = code === PERCENT ? (DIGITS[text.charCodeAt(at + 1)] ?? 16) : 16;
    const low = high < 16 ? (DIGITS[text.charCodeAt(at + 2)] ?? 16) : 16;
    if (low < 16) {
      decoded[length++] = high * 16 + low;
      at += 2;
    } else decoded[length++] = code === PLUS ? SPACE : code;
  }
  return decoded.toString('latin1', 0, length);
}
