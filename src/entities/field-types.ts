import { isIP } from 'node:net';
import { byteString, textOfBytes } from './byte-string.js';
import { Integer, SetOf, Text } from './field.js';
import { text } from './field-schema.js';
import { normalizedPath } from './normalized-path.js';
import { translatePcre } from './pcre.js';

/** Kinds of fields that many entities share. Texts are Kong's (kong/db/schema/typedefs.lua). */

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
export const UUID_PATTERN = [UUID, 'expected a valid UUID'] as const;

/** What every entity carries. */
export class EntityBase {
  @Text({ matches: UUID_PATTERN }) id!: string;
  /** Seconds since the epoch. */
  @Integer() created_at!: number;
  @Integer() updated_at!: number;
  @SetOf(text({ rule: tagRule })) tags?: string[];
}

function tagRule(tag: string): string | undefined {
  if (!/[,/\p{Cc}]/u.test(tag)) return undefined;
  return `invalid tag '${tag}': expected printable ascii (except \`,\` and \`/\`) or valid utf-8 sequences`;
}

export function NAME_RULE(name: string): string | undefined {
  if (/^[\w.\-~\u0080-\uffff]+$/u.test(name)) return undefined;
  return `invalid value '${name}': the only accepted ascii characters are alphanumerics or ., -, _, and ~`;
}

const HOSTNAME =
  /^(?=.{1,253}$)(?!-)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$/;
const bare = (host: string) => host.replace(/^\[(.*)\]$/, '$1');

/** A host name or IP address; no port. */
export function hostWithoutPort(host: string): string | undefined {
  if (isIP(bare(host)) > 0 || HOSTNAME.test(host)) return undefined;
  if (/^[^:]+:\d+$/.test(host) || /^\[.*\]:\d+$/.test(host)) return 'must not have a port';
  return `invalid value: ${host}`;
}

/** A Route's host: a name, perhaps with one `*` as its first or last label, perhaps with a port. */
export function routeHost(host: string): string | undefined {
  const [name, port] = splitPort(host);
  if (port !== undefined && (Number(port) < 0 || Number(port) > 65535)) return `invalid value: ${host}`;
  const stars = name.split('*').length - 1;
  if (stars > 1) return 'invalid wildcard: must have at most one wildcard';
  if (stars === 1 && !/^\*\.|\.\*$/.test(name))
    return 'invalid wildcard: must be placed at leftmost or rightmost label';
  const plain = name.replace(/^\*\./, '').replace(/\.\*$/, '');
  return isIP(bare(plain)) > 0 || HOSTNAME.test(plain) ? undefined : `invalid hostname: ${host}`;
}

function splitPort(host: string): [string, string | undefined] {
  if (isIP(host) === 6) return [host, undefined];
  const match = /^(.*):(\d+)$/.exec(host);
  return match ? [match[1] as string, match[2]] : [host, undefined];
}

/** A TLS server name: like a host, without port, one wildcard label at either end. */
export function sniName(name: string): string | undefined {
  if (/:\d+$/.test(name)) return 'must not have a port';
  if (isIP(name) > 0) return `must not be an IP`;
  return routeHost(name);
}

const RFC3986 = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]*$/;

/** A Service's path. */
export function pathOfUrl(path: string): string | undefined {
  if (!path.startsWith('/')) return 'should start with: /';
  if (path.includes('//')) return 'must not have empty segments';
  if (!RFC3986.test(path)) return `invalid path: '${path}' (characters outside of the reserved list of RFC 3986 found)`;
  return brokenEncoding(path);
}

function brokenEncoding(path: string): string | undefined {
  const broken = /%(?![0-9A-Fa-f]{2}).{0,2}/.exec(path);
  return broken ? `invalid url-encoded value: '${broken[0]}'` : undefined;
}

/** A Route's path: a normalized prefix, or `~` and a regular expression. */
export function routePath(path: string): string | undefined {
  if (!/^~?\//.test(path)) return 'should start with: / (fixed path) or ~/ (regex path)';
  if (path.includes('//')) return 'must not have empty segments';
  if (path.startsWith('~')) return brokenPattern(path.slice(1));
  const broken = brokenEncoding(path);
  if (broken) return broken;
  const normalized = textOfBytes(normalizedPath(byteString(path)));
  return path === normalized ? undefined : `non-normalized path, consider use '${normalized}' instead`;
}

function brokenPattern(pattern: string): string | undefined {
  const translated = translatePcre(pattern, { anchored: true });
  return 'problem' in translated ? `invalid regex: '${pattern}' (${translated.problem})` : undefined;
}
