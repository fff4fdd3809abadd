/** What stands for the host of a client that names none, as HTTP/1.0 allows: the name of Kong's server in nginx. */
export const NO_HOST = 'kong';

/**
 * nginx's `$host` of a Host header: in lower case, without port and without the dot that ends a full name. `undefined`: no
 * server could be meant by that. Source: nginx ngx_http_validate_host.
 */
export function plainHost(host: string): string | undefined {
  const { end, isValid } = nameIn(host);
  if (!isValid) return undefined;
  const name = host[end - 1] === '.' ? host.slice(0, end - 1) : host.slice(0, end);
  return name === '' ? undefined : name.toLowerCase();
}

const [DOT, SLASH, COLON, DELETE, OPENING, CLOSING] = [0x2e, 0x2f, 0x3a, 0x7f, 0x5b, 0x5d];

/** Where the name ends, and whether all of the header may stand there. What follows a colon or a bracket is not looked into. */
function nameIn(host: string): { end: number; isValid: boolean } {
  const isBracketed = host.charCodeAt(0) === OPENING;
  let end = -1;
  let before = 0;
  for (let at = 0; at < host.length; at++) {
    const code = host.charCodeAt(at);
    if (code <= 0x20 || code === DELETE || code === SLASH || (code === DOT && before === DOT)) {
      return { end: 0, isValid: false };
    }
    if (end < 0 && code === COLON && !isBracketed) end = at;
    if (end < 0 && code === CLOSING && isBracketed) end = at + 1;
    before = code;
  }
  return { end: end < 0 ? host.length : end, isValid: true };
}
