import { readdirSync, readFileSync } from 'node:fs';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { Consumer } from '../../src/entities/consumer.js';
import type { Route } from '../../src/entities/route.js';
import type { Service } from '../../src/entities/service.js';
import { serialize } from '../../src/observability/log-record.js';
import { DEFAULT_WORKSPACE } from '../../src/observability/workspace.js';
import type { LogRecord } from '../../src/pdk/log-record.js';
import { ProxiedRequest } from '../../src/pdk/proxied-request.js';

/** An exchange with Kong and the line its file-log wrote. A new case is a new file. */
interface Recording {
  readonly kong: string;
  readonly client: { readonly method: string; readonly target: string; readonly headers: [string, string][] };
  readonly plugins: {
    readonly headers_set: [string, string][];
    readonly headers_removed: string[];
    readonly query: string | null;
  };
  readonly response: { readonly headers: [string, string][] };
  readonly added_fields: Record<string, unknown>;
  readonly log_line: LogRecord;
}

const FOLDER = new URL('./fixtures/log-records/', import.meta.url);
const recordings = readdirSync(FOLDER).map((file): [string, Recording] => [
  file.replace('.json', ''),
  JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Recording,
]);

describe('The log record of a request is the one Kong 3.9.3 wrote', () => {
  it.each(recordings)('%s', (_name, recording) => {
    const record = JSON.parse(JSON.stringify(serialize(requestOf(recording)))) as LogRecord;

    expect(inOurWorkspace(record)).toEqual(inOurWorkspace(recording.log_line));
  });
});

/** The request as the proxy would hand it to the log phase. */
function requestOf({ client, plugins, response, added_fields, log_line: line }: Recording): ProxiedRequest {
  const incoming = new IncomingMessage(new Socket());
  incoming.method = client.method;
  incoming.url = client.target;
  incoming.rawHeaders = client.headers.flat();
  const outgoing = new ServerResponse(incoming);
  outgoing.chunkedEncoding = response.headers.some(([name]) => name === 'Transfer-Encoding');
  const { hostname, port } = new URL(line.request.url);
  const host = client.target.includes('://') ? hostname : (client.headers.find(([name]) => name === 'Host')?.[1] ?? '');
  const connection = {
    scheme: 'http',
    host,
    port: Number(port),
    clientIp: line.client_ip,
    clientPort: 40_000,
    peerIp: line.client_ip,
    trusted: false,
  } as const;
  const request = new ProxiedRequest(
    incoming,
    outgoing,
    line.request.id,
    1000.2,
    line.started_at,
    connection,
    undefined,
  );
  for (const [name, value] of plugins.headers_set) request.headers.set(name, value);
  for (const name of plugins.headers_removed) request.headers.remove(name);
  request.serviceRequest.query = plugins.query ?? undefined;
  request.route = entity<Route>(line.route);
  request.service = entity<Service>(line.service);
  request.consumer = entity<Consumer>(line.consumer);
  request.credential = line.authenticated_entity;
  request.source = line.source;
  request.status = line.response.status;
  for (const [name, value] of response.headers) {
    // What the client's connection is told is the writer's business, not a fact of the response.
    if (name === 'Connection' ? value === 'Upgrade' : name !== 'Transfer-Encoding')
      request.responseHeaders.append(name, value);
  }
  const statuses = line.upstream_status === '' ? [] : line.upstream_status.split(', ').map(Number);
  line.tries?.forEach((logged, index) => {
    const { ip, port: targetPort, state, code, balancer_start_ns: start, balancer_latency_ns: latency } = logged;
    const times = { balancerStart: start / 1e6, balancerLatency: latency / 1e6 };
    const status = statuses[index];
    request.attempts.push({
      ...times,
      ip,
      port: targetPort,
      ...(state && { state }),
      ...(code && { code }),
      ...(status && { status }),
    });
  });
  if (request.attempts.length > 0) request.upstreamUri = line.upstream_uri;
  request.serviceRequest.path = line.upstream_uri.split('?', 1)[0] as string;
  request.proxied = line.latencies.proxy >= 0;
  request.moments.dispatched = 1000.2 + line.latencies.kong;
  request.moments.headReceived = request.proxied ? request.moments.dispatched + line.latencies.proxy : undefined;
  request.moments.finished = 1000.2 + line.latencies.request;
  request.bytesReceived = line.request.size;
  request.bytesSent = line.response.size;
  for (const [field, value] of Object.entries(added_fields)) request.logFields.set(field, value);
  return request;
}

/** As the configuration holds it: unset fields are there, and there is no workspace in it. */
function entity<T>(logged: Readonly<Record<string, unknown>> | undefined): T | undefined {
  if (!logged) return undefined;
  const { ws_id: _, ...fields } = logged;
  return { ...fields, tags: undefined, client_certificate: null } as T;
}

/** The workspace's id is each node's own; what each try waited is not exact to the nanosecond. */
function inOurWorkspace(record: LogRecord): unknown {
  const text = JSON.stringify(record);
  const { workspace } = record;
  const { receive: _, ...latencies } = record.latencies;
  return { ...(JSON.parse(text.replaceAll(workspace, DEFAULT_WORKSPACE.id)) as object), latencies };
}
