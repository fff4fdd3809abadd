import { encodedHeaderValue } from '../entities/header-value.js';
import type { HeaderList } from './header-list.js';
import { NO_HOST, plainHost } from './plain-host.js';
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
        if (asksForTrailers(value)) flat.push('TE', 'trailers');
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

  // A whole number is written without its zero: `2`, and of HTTP/1.0 `1`.
  const ownVia = `${Number(incoming.httpVersion)} ${options.viaToken}`;
  flat.push('Via', via === undefined ? ownVia : `${via}, ${ownVia}`);
  const peer = connection.peerIp;
  flat.push('X-Forwarded-For', forwardedFor === undefined ? connection.clientIp : `${forwardedFor}, ${peer}`);
  const said = (theirs: string | undefined, own: string) => (trusted ? (theirs ?? own) : own);
  pushUnlessEmpty(flat, 'X-Forwarded-Proto', said(proto, connection.scheme));
  pushUnlessEmpty(flat, 'X-Forwarded-Host', said(forwardedHost, plainHost(connection.host) ?? NO_HOST));
  pushUnlessEmpty(flat, 'X-Forwarded-Port', said(port, String(connection.port)));
  pushUnlessEmpty(flat, 'X-Forwarded-Path', said(path, request.rawPath));
  const ownPrefix = request.strippedPrefix === '/' ? undefined : request.strippedPrefix;
  pushUnlessEmpty(flat, 'X-Forwarded-Prefix', said(prefix, encodedHeaderValue(ownPrefix ?? '')));
  flat.push('X-Real-IP', connection.clientIp);
  if (options.requestIdHeader !== undefined) flat.push(options.requestIdHeader, request.id);
  return flat;
}

/** nginx sends no header rather than an empty one. */
function pushUnlessEmpty(flat: string[], name: string, value: string): void {
  if (value !== '') flat.push(name, value);
}

/** `trailers` among the tokens of a TE header; one with a weight says something else. */
export const asksForTrailers = (te: string): boolean => /(^|,)\s*trailers\s*(,|$)/i.test(te);

/** Named in Connection they stay: a client shall not rid itself of what it went through, or the connection of its needs. */
const NOT_DROPPED = new Set([
  'keep-alive',
  'upgrade',
  'te',
  'close',
  'via',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-path',
  'x-forwarded-prefix',
]);

/**
 * Takes off what belongs to the client's connection: it is neither forwarded nor, as in Kong, logged. `Connection` itself
 * stays for the log; `forwardedHeaders` leaves it out.
 */
export function dropHopByHop(headers: HeaderList): void {
  for (const name of connectionTokens(headers.get('connection')) ?? []) {
    if (!NOT_DROPPED.has(name)) headers.remove(name);
  }
  if (headers.has('keep-alive')) headers.remove('keep-alive');
  if (headers.has('proxy-connection')) headers.remove('proxy-connection');
}

/** The header names a Connection header lists; `undefined` when it lists none worth dropping. */
export function connectionTokens(value: string | undefined): Set<string> | undefined {
  if (value === undefined) return undefined;
  const lower = value.toLowerCase();
  if (lower === 'keep-alive' || lower === 'close') return undefined;
  return new Set(lower.split(',').map((token) => token.trim()));
}
