const ENCODED = /%([0-9A-Fa-f]{2})?/g;

/**
 * Whether a path as received is refused with 400 before any Route is looked for: a broken percent-encoding, an encoded NUL,
 * or dot segments that climb above the root. Rules: nginx ngx_http_parse_complex_uri; recording path_normalization_matrix.
 */
export function isRefusedPath(rawPath: string): boolean {
  if (!rawPath.includes('%')) return rawPath.includes('/.') && climbsAboveRoot(rawPath);
  let broken = false;
  const decoded = rawPath.replace(ENCODED, (_, hex: string | undefined) => {
    broken ||= hex === undefined || hex === '00';
    return hex === undefined ? '' : String.fromCharCode(Number.parseInt(hex, 16));
  });
  return broken || climbsAboveRoot(decoded);
}

function climbsAboveRoot(path: string): boolean {
  let depth = 0;
  for (const segment of path.split('/')) {
    if (segment === '..') depth -= 1;
    else if (segment !== '' && segment !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
}
