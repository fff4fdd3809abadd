import { isIP } from 'node:net';
import { byteString, textOfBytes } from './byte-string.js';
import { Integer, SetOf, Text } from './field.js';
import { text } from './field-schema.js';
import { normalizedPath } from './normalized-path.js';
import { translatePcre } from './pcre.js';
import { UUID_PATTERN } from './uuid.js';

/** Kinds of fields that many entities share. Texts are Kong's (kong/db/schema/typedefs.lua). */

/** A protocol of Services, Routes and Plugins. Those of WebSockets are Kong Enterprise's. */
export const PROTOCOL = {
  oneOf: ['grpc', 'grpcs', 'http', 'https', 'tcp', 'tls', 'tls_passthrough', 'udp'],
  unlisted: ['ws', 'wss'],
} as const;

/** What every entity carries. */
export class EntityBase {
  @Text({ matches: UUID_PATTERN }) id!: string;
  /** Seconds since the epoch. */
  @Integer({ rule: pointInTime }) created_at!: number;
  @Integer({ rule: pointInTime }) updated_at!: number;
  @SetOf(text({ rule: tagRule })) tags?: string[];
}

export function pointInTime(seconds: number): string | undefined {
  return seconds < 0 ? 'expected a valid timestamp' : undefined;
}

/** Bytes that are no text were read as U+FFFD. */
function brokenText(text: string): string | undefined {
  const place = text.indexOf('\ufffd');
  if (place < 0) return undefined;
  return `invalid utf-8 character sequence detected at position ${Buffer.byteLength(text.slice(0, place)) + 1}`;
}

function tagRule(tag: string): string | undefined {
  const broken = brokenText(tag);
  if (broken) return broken;
  if (!/[,/\p{Cc}]/u.test(tag)) return undefined;
  return `invalid tag '${tag}': expected printable ascii (except \`,\` and \`/\`) or valid utf-8 sequences`;
}

export function NAME_RULE(name: string): string | undefined {
  const broken = brokenText(name);
  if (broken) return broken;
  if (/^[\w.\-~\u{80}-\u{10ffff}]+$/u.test(name)) return undefined;
  return `invalid value '${name}': the only accepted ascii characters are alphanumerics or ., -, _, and ~`;
}

/** Names may have underscores, and parts that begin with a dash; no part is empty or ends with a dash (Kong). */
const HOSTNAME = /^(?:[\w-]*\w\.)*[\w-]*\w\.?$/;

/** What an address is, to Kong: whatever has several colons is IPv6, whatever is all digits and dots IPv4. */
interface Address {
  readonly kind: 'name' | 'ipv4' | 'ipv6';
  /** Without brackets and port. */
  readonly host: string;
  readonly port: number | undefined;
}

/** A host name or IP address, perhaps with a port. Source: Kong kong/tools/ip.lua, normalize_ip. */
export function addressIn(text: string): Address | { readonly problem: string } {
  const colons = text.split(':').length - 1;
  const kind = colons > 1 ? 'ipv6' : /^[\d.:]+$/.test(text) ? 'ipv4' : 'name';
  const [, host = text, digits] = (kind === 'ipv6' ? /^\[(.*)\](?::(\d+))?$/ : /^(.*):(\d+)$/).exec(text) ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  if (!isOf(kind, host))
    return { problem: kind === 'name' ? `invalid hostname: ${text}` : `invalid ${kind} address: ${text}` };
  return port !== undefined && port > 65535 ? { problem: INVALID_PORT } : { kind, host, port };
}

const INVALID_PORT = 'invalid port number';

function isOf(kind: Address['kind'], host: string): boolean {
  switch (kind) {
    case 'name':
      return HOSTNAME.test(host);
    case 'ipv4':
      return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) && host.split('.').every((part) => Number(part) <= 255);
    case 'ipv6':
      return isIP(host) === 6 && !host.includes('%');
  }
}

/** A host name or IP address; no port. */
export function hostWithoutPort(host: string): string | undefined {
  const address = addressIn(host);
  if ('problem' in address) return address.problem === INVALID_PORT ? 'must not have a port' : `invalid value: ${host}`;
  return address.port === undefined ? undefined : 'must not have a port';
}

/** A host name or IP address, perhaps with a port. */
export function hostWithOptionalPort(host: string): string | undefined {
  const address = addressIn(host);
  return 'problem' in address ? address.problem : undefined;
}

/** A Route's host: a name, perhaps with one `*` as its first or last label, perhaps with a port. */
export function routeHost(host: string): string | undefined {
  if (host.split('*').length > 2) return 'invalid wildcard: must have at most one wildcard';
  if (host.includes('*') && !/^\*\.|\.\*$/.test(host)) {
    return 'invalid wildcard: must be placed at leftmost or rightmost label';
  }
  return hostWithOptionalPort(host.replace('*', 'abc'));
}

/** A TLS server name; no port, no address. */
export function sniName(name: string): string | undefined {
  const address = addressIn(name);
  return 'kind' in address && address.kind !== 'name' ? 'must not be an IP' : hostWithoutPort(name);
}

/** A TLS server name, perhaps with one `*` as its first or last character. */
export function wildcardSniName(name: string): string | undefined {
  const star = name.indexOf('*');
  if (star > 0 && star < name.length - 1) return 'wildcard must be leftmost or rightmost character';
  if (star !== name.lastIndexOf('*')) return 'only one wildcard must be specified';
  const problem = sniName(name.replace('*', 'wildcard'));
  return problem?.startsWith('invalid value') ? `invalid value: ${name}` : problem;
}

/** The name of a header; underscores are fine (Kong kong/tools/http.lua, validate_header_name). */
export function headerName(name: string): string | undefined {
  if (/^[\w-]+$/.test(name)) return undefined;
  return `bad header name '${name}', allowed characters are A-Z, a-z, 0-9, '_', and '-'`;
}

/** The name of a cookie: a token (RFC 2616, 2.2). */
export function cookieName(name: string): string | undefined {
  if (/^[^\0-\x20\x7f()<>@,;:\\"/?={}[\]]+$/.test(name)) return undefined;
  return (
    'contains one or more invalid characters. ASCII control characters (0-31;127), space, tab and the ' +
    'characters ()<>@,;:\\"/?={}[] are not allowed.'
  );
}

const RFC3986 = /^[\w.\-~/%:@!$&'()*+,;=]*$/;

/** A path of a URL, without query: a Service's, a health check's. */
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
  if (path.includes('//')) return 'must not have empty segments';
  if (!/^~?\//.test(path)) return 'should start with: / (fixed path) or ~/ (regex path)';
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
