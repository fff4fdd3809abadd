import type { EntityBase } from '../entities/field-types.js';
import type { AttemptRecord } from '../pdk/attempt-record.js';
import type { LoggedEntity, LoggedTry, LogRecord } from '../pdk/log-record.js';
import { NO_HOST, plainHost } from '../pdk/plain-host.js';
import type { ConnectionFacts, ProxiedRequest } from '../pdk/proxied-request.js';
import { type QueryArguments, queryArguments, withValuesHidden } from './query-arguments.js';
import { DEFAULT_WORKSPACE } from './workspace.js';

/**
 * The log record of a finished request: Kong's (kong/pdk/log.lua), with what plugins added to it. Made once per request and
 * given to every reader.
 */
export function serialize(request: ProxiedRequest): LogRecord {
  const { connection, attempts, route, service, consumer, credential } = request;
  const target = withoutSecrets(request.target, request);
  const clientRequest: Writable<LogRecord['request']> = {
    id: request.id,
    method: request.method,
    uri: target,
    url: `${connection.scheme}://${hostName(connection)}:${connection.port}${target}`,
    querystring: queryIn(request),
    headers: requestHeaders(request),
    size: request.bytesReceived,
  };
  if (connection.tls) {
    const { version, cipher, clientVerify } = connection.tls;
    clientRequest.tls = { version, cipher, client_verify: clientVerify };
  }
  const record: Writable<LogRecord> = {
    request: clientRequest,
    upstream_uri: withoutSecrets(upstreamUri(request), request),
    upstream_status: upstreamStatus(attempts),
    response: { status: request.status, headers: responseHeaders(request), size: request.bytesSent },
    latencies: latencies(request),
    client_ip: connection.clientIp,
    started_at: Math.floor(request.startedAt),
    source: request.source,
    workspace: DEFAULT_WORKSPACE.id,
    workspace_name: DEFAULT_WORKSPACE.name,
  };
  if (route) {
    record.route = logged(route, inWorkspace);
    record.tries = attempts.map(loggedTry);
  }
  if (service) record.service = logged(service, inWorkspace);
  if (consumer) record.consumer = logged(consumer, asStored);
  if (credential) record.authenticated_entity = { id: credential.id };
  request.logFields.applyTo(record);
  return record;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** nginx's `$host`: lower case, without port; its server name where the client sent none. */
function hostName({ host }: ConnectionFacts): string {
  return plainHost(host) ?? NO_HOST;
}

/** A path with its query. */
function withoutSecrets(uri: string, { secretParameters }: ProxiedRequest): string {
  const mark = secretParameters ? uri.indexOf('?') : -1;
  return secretParameters && mark >= 0
    ? `${uri.slice(0, mark)}?${withValuesHidden(uri.slice(mark + 1), secretParameters)}`
    : uri;
}

function queryIn({ serviceRequest: { query }, secretParameters }: ProxiedRequest): QueryArguments {
  return queryArguments(query && secretParameters ? withValuesHidden(query, secretParameters) : query);
}

const REDACTED = 'REDACTED';

function requestHeaders({ headers }: ProxiedRequest): Record<string, string | string[]> {
  const object = headers.toObject();
  if (object['authorization'] !== undefined) object['authorization'] = REDACTED;
  if (object['proxy-authorization'] !== undefined) object['proxy-authorization'] = REDACTED;
  return object;
}

/** As Kong shows them in its log phase, where a connection counts as closed already. */
function responseHeaders({
  responseHeaders: headers,
  status,
  outgoing,
}: ProxiedRequest): Record<string, string | string[]> {
  const object = headers.toObject();
  const { connection } = object;
  if (status === 101) object['connection'] = 'upgrade';
  else object['connection'] = connection === 'Upgrade' ? ['close', 'Upgrade'] : 'close';
  if (outgoing.chunkedEncoding && object['content-length'] === undefined) object['transfer-encoding'] = 'chunked';
  return object;
}

/** What went upstream; where nothing did, what would have gone as far as the gateway had come. */
function upstreamUri({ upstreamUri: sent, route, serviceRequest: { path, query } }: ProxiedRequest): string {
  if (sent !== '' || !route) return sent;
  return query ? `${path}?${query}` : path;
}

/** `502, 200`; a try whose upstream did not answer counts with what the gateway made of it. */
function upstreamStatus(attempts: readonly AttemptRecord[]): string {
  let joined = '';
  for (const { status, code } of attempts) {
    const seen = status ?? code;
    if (seen !== undefined) joined = joined === '' ? String(seen) : `${joined}, ${seen}`;
  }
  return joined;
}

function latencies({ moments, proxied }: ProxiedRequest): LogRecord['latencies'] {
  const { received } = moments;
  const finished = moments.finished ?? received;
  const dispatched = moments.dispatched ?? finished;
  const headReceived = moments.headReceived ?? finished;
  return {
    request: whole(finished - received),
    kong: whole(dispatched - received),
    proxy: proxied ? whole(headReceived - dispatched) : -1,
    receive: proxied ? whole(finished - headReceived) : 0,
  };
}

const whole = (milliseconds: number): number => Math.max(0, Math.round(milliseconds));

function loggedTry({ balancerStart, balancerLatency, ip, port, state, code }: AttemptRecord): LoggedTry {
  const logged: Writable<LoggedTry> = {
    balancer_start: Math.floor(balancerStart),
    // Kong's numbers are doubles printed with 14 digits; nanoseconds since 1970 have 19.
    balancer_start_ns: Math.round(balancerStart * 10) * 1e5,
    balancer_latency: Math.floor(balancerLatency),
    balancer_latency_ns: Math.round(balancerLatency * 1e6),
    ip,
    port,
  };
  if (state !== undefined) logged.state = state;
  if (code !== undefined) logged.code = code;
  return logged;
}

const loggedEntities = new WeakMap<EntityBase, LoggedEntity>();

/**
 * An entity's part of the record: the same object for every request, as an entity never changes. Frozen, so that log fields
 * that reach into it change a copy.
 */
function logged(entity: EntityBase, form: (entity: EntityBase) => Record<string, unknown>): LoggedEntity {
  let known = loggedEntities.get(entity);
  if (!known) {
    known = deeplyFrozen(structuredClone(form(entity)));
    loggedEntities.set(entity, known);
  }
  return known;
}

const asStored = (entity: EntityBase): Record<string, unknown> =>
  Object.fromEntries(Object.entries(entity).filter(([, value]) => value !== undefined && value !== null));

// Kong's Consumers come out of its log without `ws_id`, Routes and Services with it.
const inWorkspace = (entity: EntityBase): Record<string, unknown> => ({
  ...asStored(entity),
  ws_id: DEFAULT_WORKSPACE.id,
});

function deeplyFrozen<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) deeplyFrozen(inner);
  }
  return Object.freeze(value);
}
