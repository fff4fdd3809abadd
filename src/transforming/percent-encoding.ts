/** A name or value of a query string: all but unreserved characters is encoded (nginx's "component" form). */
export function encodedComponent(bytes: string): string {
  return bytes.replace(/[^A-Za-z0-9\-._~]/g, percentEncoded);
}

/** A character that may not stand in a header line would end the header; Kong's nginx encodes it, too. */
export function encodedHeaderValue(bytes: string): string {
  return bytes.replace(/[^\t -~\u0080-\uffff]/g, percentEncoded);
}

function percentEncoded(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/** Undoes percent-encoding and `+` for a space, byte by byte; a `%` that starts no code stays. */
export function decodedComponent(text: string): string {
  if (!/[%+]/.test(text)) return text;
  return text
    .replaceAll('+', ' ')
    .replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
