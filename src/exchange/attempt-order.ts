import { hostInUrl } from '../entities/host.js';
import { forwardedHeaders } from '../pdk/forwarded-headers.js';
import type { ProxiedRequest } from '../pdk/proxied-request.js';
import type { AttemptOrder } from '../transport/attempt.js';
import type { ResolvedAddress } from '../transport/resolver.js';
import { serviceTimeouts } from './attempt-timeouts.js';
import type { ExchangeRules } from './exchange-rules.js';
import type { ExchangeTarget } from './exchange-target.js';
import { clientAccountHeaders, withParameter } from './target-auth.js';
import type { ClientRequest, WordedRequest } from './worded-request.js';

/** What an LLM attempt sends: always bytes, so that a further attempt can send them again. */
export interface LlmAttemptOrder extends AttemptOrder {
  readonly body: Buffer | null;
}

/** A worded request as it goes on the wire. */
export function attemptOrder(
  request: ProxiedRequest,
  worded: WordedRequest,
  { ip, port }: ResolvedAddress,
  { balancing, forwarding }: ExchangeRules,
): LlmAttemptOrder {
  const { client, target, location } = worded;
  const body = bodyOf(worded);
  const query = queryFor(target, request.serviceRequest.query, location.query);
  const path = client.tail === '' ? location.path : `${location.path}/${client.tail}`;
  // The Host is the bare name, never with a port (Kong: kong/pdk/service.lua).
  const flat = forwardedHeaders(request, hostInUrl(location.host), forwarding, leftOut(request, target));
  if (body && !request.headers.has('content-type')) flat.push('Content-Type', 'application/json');
  flat.push('Accept-Encoding', acceptEncoding(client));
  const { header } = target.auth;
  if (header && !bringsKey(request, target)) flat.push(header.name, header.value);
  return {
    // A Service that says its upstream is not to be verified says so of the provider as well; verifying is the default.
    address: target.addressAt(location, ip, port, request.service?.tls_verify !== false),
    method: request.serviceRequest.method,
    path: query === undefined || query === '' ? path || '/' : `${path}?${query}`,
    headers: flat,
    body,
    timeouts: balancing.timeouts ?? serviceTimeouts(request.service),
  };
}

/** What the provider may answer in: what the client takes, as far as we can read it (Kong 3.15.0.4). */
export const acceptEncoding = ({ acceptsGzip }: ClientRequest): string => (acceptsGzip ? 'gzip, identity' : 'identity');

function bodyOf({ client, target, model, addsUsage }: WordedRequest): Buffer | null {
  const { members, streams, tail } = client;
  if (!members) return null;
  return target.word(members, { model, stream: streams, askUsage: addsUsage, isResource: tail !== '' });
}

function queryFor({ auth }: ExchangeTarget, query: string | undefined, ownQuery: string | undefined) {
  const whole = ownQuery === undefined ? query : query ? `${ownQuery}&${query}` : ownQuery;
  return auth.query ? withParameter(whole, auth.query.name, auth.query.value, auth.allowOverride) : whole;
}

/** Whether the client's own key goes upstream in the place of the configured one. */
function bringsKey({ headers }: ProxiedRequest, { auth }: ExchangeTarget): boolean {
  return auth.allowOverride && auth.header !== undefined && headers.has(auth.header.lower);
}

/** The client's headers that are not forwarded, in lower case. */
function leftOut(request: ProxiedRequest, target: ExchangeTarget): ReadonlySet<string> {
  if (bringsKey(request, target)) return target.replacedHeaders(true, NONE);
  return target.replacedHeaders(false, target.auth.isConfigured ? clientAccountHeaders(request) : NONE);
}

const NONE: readonly string[] = [];
