/**
 * Text as its UTF-8 bytes, one character per byte. It is what Lua's strings are, what node:http gives and takes as header
 * values, and what percent-encoding works on; keeping one form inside means that no byte of a request is ever lost.
 */
export function bytesOfText(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** The text such bytes spell. Bytes that are not UTF-8 become U+FFFD. */
export function textOfBytes(bytes: string): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}

function isAscii(text: string): boolean {
  return !/[\u0080-\uffff]/.test(text);
}
