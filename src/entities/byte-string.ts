import { isUtf8 } from 'node:buffer';

/**
 * A byte string has one character per byte, U+0000 to U+00FF: the form in which node:http hands over request targets and
 * header values. Kong compares bytes, so routing does too; what a file writes as text is turned into its UTF-8 bytes once.
 */

const BEYOND_ASCII = /[^\0-\x7f]/;

/** The UTF-8 bytes of a text. */
export function byteString(text: string): string {
  return BEYOND_ASCII.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

/** Whether these bytes are UTF-8. */
export function isUtf8Text(bytes: string): boolean {
  return !BEYOND_ASCII.test(bytes) || isUtf8(Buffer.from(bytes, 'latin1'));
}

/** The text whose UTF-8 bytes these are. Bytes that are not UTF-8 are taken as Latin-1: they stay one character each. */
export function textOfBytes(bytes: string): string {
  if (!BEYOND_ASCII.test(bytes)) return bytes;
  try {
    return UTF8.decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return bytes;
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
