import type { HeaderList } from './header-list.js';
import type { ProxiedRequest } from './proxied-request.js';

/** Belong to the client's connection, or are written anew (RFC 9110, 7.6.1; Kong: kong/templates/nginx_kong.lua). */
const NOT_FORWARDED = new Set([
  'connection',
  'host',
  'keep-alive',
  'proxy',
  'proxy-connection',
  'transfer-encoding',
  'content-length',
  'upgrade',
  'expect',
  'te',
  'via',
  'x-real-ip',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-path',
  'x-forwarded-prefix',
  'x-kong-request-id',
]);

const NONE: ReadonlySet<string> = new Set();

/** What the gateway says of itself to upstreams; decided by settings. */
export interface ForwardingOptions {
  /** Our token in `Via`, after the protocol version: `sluice/0.1.0`. */
  readonly viaToken: string;
  /** The header that carries the request id upstream; `undefined`: none does. */
  readonly requestIdHeader: string | undefined;
}

/**
 * The headers of an attempt, flat, without framing: the client's as plugins left them, less hop-by-hop ones, plus what a
 * proxy says of itself and of the client. `without`: names, in lower case, that are left out as well. Source: Kong
 * kong/runloop/handler.lua; recordings core_hop_by_hop_request, core_x_forwarded_incoming_untrusted.
 */
export function forwardedHeaders(
  request: ProxiedRequest,
  host: string,
  options: ForwardingOptions,
  without: ReadonlySet<string> = NONE,
): string[] {
  const { headers, connection, incoming } = request;
  const { trusted } = connection;
  const named = connectionTokens(headers.get('connection'));
  const flat: string[] = ['Host', host];

  let via: string | undefined;
  let forwardedFor: string | undefined;
  let proto: string | undefined;
  let forwardedHost: string | undefined;
  let port: string | undefined;
  let path: string | undefined;
  let prefix: string | undefined;
  headers.forEach((name, value, lower) => {
    if (!NOT_FORWARDED.has(lower)) {
      if (named?.has(lower) !== true && !without.has(lower)) flat.push(name, value);
      return;
    }
    switch (lower) {
      case 'te':
        if (/(^|,)\s*trailers\s*(;|,|$)/i.test(value)) flat.push('TE', 'trailers');
        break;
      case 'via':
        via = via === undefined ? value : `${via}, ${value}`;
        break;
      case 'x-forwarded-for':
        forwardedFor = forwardedFor === undefined ? value : `${forwardedFor}, ${value}`;
        break;
      case 'x-forwarded-proto':
        proto ??= value;
        break;
      case 'x-forwarded-host':
        forwardedHost ??= value;
        break;
      case 'x-forwarded-port':
        port ??= value;
        break;
      case 'x-forwarded-path':
        path ??= value;
        break;
      case 'x-forwarded-prefix':
        prefix ??= value;
        break;
    }
  });

  const ownVia = `${incoming.httpVersion === '2.0' ? '2' : incoming.httpVersion} ${options.viaToken}`;
  flat.push('Via', via === undefined ? ownVia : `${via}, ${ownVia}`);
  const peer = connection.peerIp;
  flat.push('X-Forwarded-For', forwardedFor === undefined ? connection.clientIp : `${forwardedFor}, ${peer}`);
  flat.push('X-Forwarded-Proto', (trusted && proto) || connection.scheme);
  flat.push('X-Forwarded-Host', (trusted && forwardedHost) || hostWithoutPort(connection.host));
  flat.push('X-Forwarded-Port', (trusted && port) || String(connection.port));
  flat.push('X-Forwarded-Path', (trusted && path) || request.rawPath);
  const ownPrefix = request.strippedPrefix;
  if (trusted && prefix) flat.push('X-Forwarded-Prefix', prefix);
  else if (ownPrefix !== undefined && ownPrefix !== '/') flat.push('X-Forwarded-Prefix', ownPrefix);
  flat.push('X-Real-IP', connection.clientIp);
  if (options.requestIdHeader !== undefined) flat.push(options.requestIdHeader, request.id);
  return flat;
}

/**
 * Takes off what belongs to the client's connection: it is neither forwarded nor, as in Kong, logged. `Connection` itself
 * stays for the log; `forwardedHeaders` leaves it out.
 */
export function dropHopByHop(headers: HeaderList): void {
  for (const name of connectionTokens(headers.get('connection')) ?? []) {
    if (name !== 'keep-alive' && name !== 'upgrade' && name !== 'te' && name !== 'close') headers.remove(name);
  }
  if (headers.has('keep-alive')) headers.remove('keep-alive');
  if (headers.has('proxy-connection')) headers.remove('proxy-connection');
}

/** Lower case and without port, as nginx's `$host`. */
export function hostWithoutPort(host: string): string {
  const lower = host.toLowerCase();
  const colon = lower.lastIndexOf(':');
  return colon > lower.lastIndexOf(']') ? lower.slice(0, colon) : lower;
}

/** The header names a Connection header lists; `undefined` when it lists none worth dropping. */
export function connectionTokens(value: string | undefined): Set<string> | undefined {
  if (value === undefined) return undefined;
  const lower = value.toLowerCase();
  if (lower === 'keep-alive' || lower === 'close') return undefined;
  return new Set(lower.split(',').map((token) => token.trim()));
}
