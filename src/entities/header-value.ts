/**
 * A text as the value of a header, a byte string. A character that may not stand in one would end it, or keep the whole head
 * from being written; Kong's nginx encodes those, too.
 */
export function encodedHeaderValue(bytes: string): string {
  return UNSAFE.test(bytes) ? bytes.replace(EACH_UNSAFE, percentEncoded) : bytes;
}

const UNSAFE = /[^\t -~\u0080-\uffff]/;
const EACH_UNSAFE = new RegExp(UNSAFE, 'g');

const percentEncoded = (byte: string): string => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
