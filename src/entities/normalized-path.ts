/** Stay encoded, because decoding them would change what the URL means (RFC 3986, 2.2, and `%` itself). */
const RESERVED = new Set("!*'();:@&=+$,/?%#[]");

/**
 * The path all matching is done on, out of a path as received: percent-encoding undone except for reserved characters,
 * slashes merged, dot segments resolved. Takes and gives byte strings. A path of a Route must already have this form.
 * Decodes once only, so that `%252e` cannot become a dot. Source: Kong kong/tools/uri.lua.
 */
export function normalizedPath(path: string): string {
  const decoded = path.includes('%') ? path.replace(/%[0-9A-Fa-f]{2}/g, unlessReserved) : path;
  return decoded.includes('//') || decoded.includes('/.') ? withoutDotSegments(decoded) : decoded;
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
