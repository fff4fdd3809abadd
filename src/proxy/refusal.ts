import { type Bytes, bytes } from '../entities/units.js';
import type { HeaderList } from '../pdk/header-list.js';
import { plainHost } from '../pdk/plain-host.js';
import type { ProxiedRequest } from '../pdk/proxied-request.js';
import { absoluteTarget } from '../pdk/request-target.js';

/** nginx's buffers for a head: a small one, and more of these once it is full (large_client_header_buffers 4 8k). */
const LONGEST_LINE = 8192;
const LARGE_BUFFERS = 4;
/** client_header_buffer_size. */
const SMALL_BUFFER = 1024;
const AROUND_A_TARGET = '  HTTP/1.1\r\n'.length;

/**
 * The status of a request that is refused before anybody looks at it; `undefined`: it is fine. 494 is nginx's for a header
 * that is too large; clients are told 400.
 */
export function refusal(request: ProxiedRequest): number | undefined {
  const { incoming, method, rawPath, headers } = request;
  if (method === 'TRACE' || method === 'CONNECT') return 405;
  const target = incoming.url as string;
  if (method.length + target.length > LONGEST_LINE - AROUND_A_TARGET) return 414;
  if (!target.startsWith('/') && !absoluteTarget(target)) return 400;
  const { host } = request.connection;
  if (host === '' ? incoming.httpVersionMinor > 0 : plainHost(host) === undefined) return 400;
  if (incoming.httpVersionMajor > 1 ? namesTwoHosts(headers) : headers.getAll('host').length > 1) return 400;
  if (saysTwice(headers)) return 400;
  const coding = headers.get('transfer-encoding');
  if (coding !== undefined && (incoming.httpVersionMinor === 0 || coding.toLowerCase() !== 'chunked')) return 400;
  if (incoming.httpVersionMajor > 1 ? hasLongHeader(incoming.rawHeaders) : overflows(request)) return 494;
  if (rawPath.includes('%') && /%(?![0-9a-f]{2})|%00/i.test(rawPath)) return 400;
  if (climbsOut(rawPath)) return 400;
  if (request.body.isOverCeiling) return 413;
  return undefined;
}

/** HTTP/2 has the host in `:authority`; a Host header beside it must not say something else (RFC 9113, 8.3.1). */
function namesTwoHosts(headers: HeaderList): boolean {
  const [first, ...others] = headers.getAll('host');
  return others.some((other) => other !== first);
}

/** May stand in a request once only; two of them mean two things to two readers (nginx ngx_http_process_unique_header_line). */
const ONCE = new Set([
  'authorization',
  'expect',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
]);

function saysTwice(headers: HeaderList): boolean {
  let seen: string[] | undefined;
  let twice = false;
  headers.forEach((_name, _value, lower) => {
    if (!ONCE.has(lower)) return;
    twice ||= seen?.includes(lower) === true;
    if (seen) seen.push(lower);
    else seen = [lower];
  });
  return twice;
}

function hasLongHeader(rawHeaders: readonly string[]): boolean {
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (isLong(rawHeaders[index] as string, rawHeaders[index + 1] as string)) return true;
  }
  return false;
}

const lineOf = (name: string, value: string): Bytes => bytes(name.length + value.length + ': \r\n'.length);

const isLong = (name: string, value: string): boolean => lineOf(name, value) > LONGEST_LINE;

/** Whether a head finds no place in nginx's buffers, where a line that does not fit into what is left of one begins the next. */
function overflows({ method, incoming: { url, rawHeaders } }: ProxiedRequest): boolean {
  let left = SMALL_BUFFER;
  let buffers = 0;
  const takes = (line: number): boolean => {
    if (line > left) {
      buffers += 1;
      left = LONGEST_LINE;
    }
    left -= line;
    return left >= 0 && buffers <= LARGE_BUFFERS;
  };
  if (!takes(method.length + (url as string).length + AROUND_A_TARGET)) return true;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (!takes(lineOf(rawHeaders[index] as string, rawHeaders[index + 1] as string))) return true;
  }
  return !takes('\r\n'.length);
}

/** Takes the headers off that are too large to be taken, for the log: nginx did not read them either. */
export function dropLongHeaders({ headers, incoming: { rawHeaders } }: ProxiedRequest): void {
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (isLong(name, rawHeaders[index + 1] as string)) headers.remove(name);
  }
}

/** Whether dot segments, encoded or not, lead above the root: `/a/../../secret`. nginx refuses such a target. */
function climbsOut(rawPath: string): boolean {
  if (!rawPath.includes('..') && !/%2e/i.test(rawPath)) return false;
  let depth = 0;
  for (const segment of rawPath.replace(/%2e/gi, '.').replace(/%2f/gi, '/').split('/')) {
    if (segment === '..') depth -= 1;
    else if (segment !== '' && segment !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
}
