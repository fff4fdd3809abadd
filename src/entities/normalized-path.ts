/** Stay encoded, because decoding them would change what the URL means (RFC 3986, 2.2, and `%` itself). */
const RESERVED = new Set("!*'();:@&=+$,/?%#[]");

/**
 * The path all matching is done on, out of a path as received: percent-encoding undone except for reserved characters,
 * slashes merged, dot segments resolved. Takes and gives byte strings. A path of a Route must already have this form.
 * Decodes once only, so that `%252e` cannot become a dot. Source: Kong kong/tools/uri.lua.
 */
export function normalizedPath(path: string): string {
  if (isPlain(path)) return path;
  const decoded = path.includes('%') ? path.replace(/%[0-9A-Fa-f]{2}/g, unlessReserved) : path;
  return isPlain(decoded) ? decoded : withoutDotSegments(decoded);
}

const [PERCENT, SLASH, DOT] = [0x25, 0x2f, 0x2e];

/** Nothing encoded, no empty or dot segment: nearly every path. One pass, because every request comes through here. */
function isPlain(path: string): boolean {
  let before = 0;
  for (let at = 0; at < path.length; at++) {
    const code = path.charCodeAt(at);
    if (code === PERCENT || (before === SLASH && (code === SLASH || code === DOT))) return false;
    before = code;
  }
  return true;
}

function unlessReserved(encoded: string): string {
  const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
  return RESERVED.has(character) ? encoded.toUpperCase() : character;
}

function withoutDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/');
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  const last = segments.at(-1) as string;
  const isFolder = last === '' || last === '.' || last === '..';
  return isFolder && kept.length > 0 ? `/${kept.join('/')}/` : `/${kept.join('/')}`;
}
