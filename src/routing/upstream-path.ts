import { byteString } from '../entities/byte-string.js';
import { escapedPath } from './escaped-path.js';
import type { RouteMatch } from './route-table.js';

/** A path for the upstream, and what of the client's it leaves out. */
export interface UpstreamPath {
  /** Escaped, without query string. */
  readonly path: string;
  /** What `strip_path` took off, for `X-Forwarded-Prefix`; a byte string. `undefined`: nothing, or just the `/`. */
  readonly prefix: string | undefined;
}

/**
 * The path sent upstream. `strip_path` removes what matched; the Service's own path goes in front, joined as the Route's
 * `path_handling` says. Source: Kong kong/router/utils.lua; recording path_join_matrix.
 */
export function upstreamPath({ route, service, path, matchedPath, pathHandling }: RouteMatch): UpstreamPath {
  const base = byteString(service?.path || '/');
  const strip = route.strip_path;
  const rest = withoutDots(matchedPath === undefined ? path.slice(1) : path.slice(matchedPath.length));
  const joined = pathHandling === 'v1' ? joinedV1(base, path, rest, strip) : joinedV0(base, path, rest, strip);
  const prefix = strip && matchedPath !== '/' ? matchedPath : undefined;
  return { path: escapedPath(joined), prefix };
}

/** Between what matched and the next `/` may be dots, as in `/route../x`: nothing may climb out of the Service's path. */
function withoutDots(rest: string): string {
  if (!rest.startsWith('.')) return rest;
  if (rest === '.' || rest === '..') return '';
  if (rest.startsWith('./')) return rest.slice(2);
  return rest.startsWith('../') ? rest.slice(3) : rest;
}

function joinedV0(base: string, path: string, rest: string, strip: boolean): string {
  if (!strip) {
    if (base.endsWith('/')) return base + path.slice(1);
    return path === '/' ? base : base + path;
  }
  const folder = base.endsWith('/') ? base : `${base}/`;
  const bare = folder.slice(0, -1);
  if (rest.startsWith('/')) return bare + rest;
  if (rest !== '') return folder + rest;
  if (base === '/') return base;
  // Joined to a base without slash at its end, the root path is no folder.
  const asksForFolder = path.endsWith('/') && (path !== '/' || base === folder);
  return asksForFolder ? folder : bare;
}

/** Joins without adding a slash. */
function joinedV1(base: string, path: string, rest: string, strip: boolean): string {
  if (!strip) return base + path.slice(1);
  return base.endsWith('/') && rest.startsWith('/') ? base + rest.slice(1) : base + rest;
}
