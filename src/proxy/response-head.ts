import { connectionTokens } from '../pdk/forwarded-headers.js';
import { HeaderList } from '../pdk/header-list.js';
import type { ProxiedRequest } from '../pdk/proxied-request.js';

/** Belong to the upstream's connection (RFC 9110, 7.6.1); what Kong passes on all the same is left out of this list. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'trailer']);

/** Said to nginx, not to clients (proxy_hide_header). */
const TO_NGINX = new Set([
  'x-accel-buffering',
  'x-accel-charset',
  'x-accel-expires',
  'x-accel-limit-rate',
  'x-accel-redirect',
  'x-pad',
]);

/** What Kong's nginx adds its charset to (`charset UTF-8`; recording core_upstream_chunked). */
const WITHOUT_CHARSET = /^(text\/(html|xml|plain|vnd\.wap\.wml)|application\/(javascript|rss\+xml))$/i;

/** Which headers of its own the gateway adds; Kong's setting `headers`, decided once. */
export interface OwnHeaders {
  readonly server: boolean;
  readonly via: boolean;
  readonly proxyLatency: boolean;
  readonly upstreamLatency: boolean;
  readonly responseLatency: boolean;
  readonly upstreamStatus: boolean;
  readonly requestId: boolean;
  /** A client that sends Kong-Debug learns which Route and Service served it (allow_debug_header). */
  readonly debug: boolean;
  /** `sluice/0.1.0`. */
  readonly token: string;
}

/**
 * The upstream's headers less what belongs to its connection, or is said to nginx. `trailers`: whether the client
 * takes trailers, so that they may be announced to it.
 */
export function proxiedResponseHeaders(flat: readonly string[], trailers = false): HeaderList {
  const list = new HeaderList();
  let named: Set<string> | undefined;
  for (let index = 0; index < flat.length; index += 2) {
    if ((flat[index] as string).toLowerCase() === 'connection') named = connectionTokens(flat[index + 1]);
  }
  for (let index = 0; index < flat.length; index += 2) {
    const name = flat[index] as string;
    const lower = name.toLowerCase();
    if (isDropped(lower, named) && !(trailers && lower === 'trailer')) continue;
    const value = flat[index + 1] as string;
    if (lower === 'content-type' && value === '') continue;
    list.append(name, lower === 'content-type' && WITHOUT_CHARSET.test(value) ? `${value}; charset=UTF-8` : value);
  }
  // With a length there are no chunks, and so no trailers after them.
  if (trailers && list.has('content-length')) list.remove('trailer');
  return list;
}

function isDropped(lowerName: string, named: ReadonlySet<string> | undefined): boolean {
  return HOP_BY_HOP.has(lowerName) || named?.has(lowerName) === true || TO_NGINX.has(lowerName);
}

/** Gives the client a cookie, in the place of one of that name from the upstream. */
export function giveCookie(headers: HeaderList, cookie: string): void {
  const prefix = cookie.slice(0, cookie.indexOf('=') + 1);
  const others = headers.getAll('set-cookie');
  const same = others.findIndex((other) => other.startsWith(prefix));
  if (same < 0) headers.append('Set-Cookie', cookie);
  else headers.setAll('Set-Cookie', others.with(same, cookie));
}

/** Adds what the gateway says of itself to the head, after the plugins have had their say. */
export function addOwnHeaders(request: ProxiedRequest, own: OwnHeaders): void {
  const { responseHeaders: headers, moments } = request;
  if (request.proxied) {
    if (own.upstreamLatency) {
      headers.set('X-Kong-Upstream-Latency', String(whole(moments.dispatched, moments.headReceived)));
    }
    if (own.proxyLatency) headers.set('X-Kong-Proxy-Latency', String(whole(moments.received, moments.dispatched)));
    if (own.upstreamStatus) {
      const status = request.attempts.at(-1)?.status;
      if (status !== undefined) headers.set('X-Kong-Upstream-Status', String(status));
    }
    if (own.via) {
      const earlier = headers.getAll('via');
      headers.remove('via');
      const version = request.service?.protocol.startsWith('grpc') ? '2' : '1.1';
      headers.append('Via', [...earlier, `${version} ${own.token}`].join(', '));
    }
    if (own.server && !headers.has('server')) headers.append('Server', own.token);
  } else {
    if (own.responseLatency) {
      headers.set('X-Kong-Response-Latency', String(whole(moments.received, moments.dispatched)));
    }
    if (own.server) headers.set('Server', own.token);
  }
  if (own.requestId) headers.set('X-Kong-Request-Id', request.id);
  if (own.debug && request.headers.has('kong-debug')) addDebugHeaders(request);
}

function addDebugHeaders({ responseHeaders: headers, route, service }: ProxiedRequest): void {
  if (route) headers.set('Kong-Route-Id', route.id);
  if (route?.name) headers.set('Kong-Route-Name', route.name);
  if (service) headers.set('Kong-Service-Id', service.id);
  if (service?.name) headers.set('Kong-Service-Name', service.name);
}

const whole = (from: number | undefined, to: number | undefined): number =>
  from === undefined || to === undefined ? 0 : Math.max(0, Math.round(to - from));
