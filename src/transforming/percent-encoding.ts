const HEX = '0123456789ABCDEF';

function encoded(byte: number): string {
  return `%${HEX[byte >> 4]}${HEX[byte & 15]}`;
}

/** Percent-encodes every byte that `unsafe` matches. */
function encode(bytes: string, unsafe: RegExp): string {
  return bytes.replace(unsafe, (character) => encoded(character.charCodeAt(0)));
}

/** A name or value of a query string: all but unreserved characters is encoded (nginx's "component" form). */
export function encodedComponent(bytes: string): string {
  return encode(bytes, /[^A-Za-z0-9\-._~]/g);
}

/** A path for the wire. Reserved characters stay, `%` too: what is encoded already is not encoded twice. */
export function encodedPath(bytes: string): string {
  return encode(bytes, /[^!#$&'()*+,/:;=?@[\]A-Za-z0-9\-._~%]/g);
}

/** Undoes percent-encoding and `+` for a space, byte by byte; a `%` that starts no code stays. */
export function decodedComponent(text: string): string {
  if (!/[%+]/.test(text)) return text;
  return text
    .replaceAll('+', ' ')
    .replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
