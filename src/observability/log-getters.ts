import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { Logger } from '@nestjs/common';
import type { HeaderList } from '../pdk/header-list.js';
import { type LogFieldMode, LogFields } from '../pdk/log-fields.js';
import type { LogRecord } from '../pdk/log-record.js';
import { NO_HOST, plainHost } from '../pdk/plain-host.js';
import type { ProxiedRequest } from '../pdk/proxied-request.js';
import { queryArguments } from './query-arguments.js';

const logger = new Logger('lua');

/** A finished request, as Lua in the log phase may look at it. */
export interface LoggedRequest {
  readonly request: Readonly<ProxiedRequest>;
  /** The record that is about to be written; `kong.log.set_serialize_value` changes it. */
  readonly record: LogRecord;
}

/** Tells Lua one thing about a finished request; `args` are what Lua called it with. */
export type Getter = (logged: LoggedRequest, ...args: unknown[]) => unknown;
export type Members = Readonly<Record<string, Getter>>;

/**
 * What Kong's PDK offers in the log phase, as far as snippets in logging configurations use it: what happened, nothing that
 * would change it (docs: plugin development kit).
 */
export const KONG: Readonly<Record<string, Members>> = {
  request: {
    get_id: ({ request }) => request.id,
    get_scheme: ({ request }) => request.connection.scheme,
    get_host: ({ request }) => hostOf(request),
    get_port: ({ request }) => request.connection.port,
    get_forwarded_scheme: ({ request }) => forwarded(request, 'x-forwarded-proto') ?? request.connection.scheme,
    get_forwarded_host: ({ request }) => forwarded(request, 'x-forwarded-host') ?? hostOf(request),
    get_forwarded_port: ({ request }) => Number(forwarded(request, 'x-forwarded-port') ?? request.connection.port),
    get_forwarded_path: ({ request }) => forwarded(request, 'x-forwarded-path') ?? pathOf(request),
    get_forwarded_prefix: ({ request }) => forwarded(request, 'x-forwarded-prefix') ?? request.strippedPrefix,
    get_http_version: ({ request }) => Number(request.incoming.httpVersion),
    get_method: ({ request }) => request.serviceRequest.method,
    get_path: ({ request }) => pathOf(request),
    get_raw_path: ({ request }) => request.rawPath,
    get_path_with_query: ({ request }) => request.target,
    get_raw_query: ({ request }) => request.serviceRequest.query ?? '',
    get_query: ({ request }) => queryArguments(request.serviceRequest.query),
    get_query_arg: ({ request }, name) => first(memberOf(queryArguments(request.serviceRequest.query), name)),
    get_header: ({ request }, name) => headerNamed(request.headers, name),
    get_headers: ({ request }) => request.headers.toObject(),
    get_start_time: ({ request }) => Math.floor(request.startedAt),
    get_uri_captures: ({ request }) => request.uriCaptures ?? {},
    // What was read for somebody else; nobody reads a body for the sake of its log line.
    get_raw_body: ({ request }) => request.body.bytes?.toString(),
    get_body: ({ request }) => jsonIn(request),
  },
  response: {
    get_status: ({ request }) => request.status,
    get_header: ({ request }, name) => headerNamed(request.responseHeaders, name),
    get_headers: ({ request }) => request.responseHeaders.toObject(),
    get_source: ({ request }) => sourceOf(request),
  },
  'service.response': {
    get_status: ({ request }) => request.attempts.at(-1)?.status,
    get_header: ({ request }, name) => headerNamed(request.responseHeaders, name),
    get_headers: ({ request }) => request.responseHeaders.toObject(),
  },
  client: {
    get_ip: ({ request }) => request.connection.peerIp,
    get_forwarded_ip: ({ request }) => request.connection.clientIp,
    get_port: ({ request }) => request.connection.clientPort,
    get_forwarded_port: ({ request }) => request.connection.clientPort,
    get_protocol: ({ request }) => request.connection.scheme,
    get_consumer: ({ request }) => request.consumer,
    get_credential: ({ request }) => request.credential,
  },
  router: {
    get_route: ({ request }) => request.route,
    get_service: ({ request }) => request.service,
  },
  node: {
    get_hostname: () => hostname(),
  },
  nginx: {
    get_subsystem: () => 'http',
  },
  log: {
    serialize: ({ record }) => record,
    set_serialize_value: ({ record }, key, value, options) => {
      const fields = new LogFields();
      fields.set(String(key), value, modeIn(options));
      fields.applyTo(record as Record<string, unknown>);
    },
    debug: (_logged, ...texts) => logger.debug(texts.join('')),
    info: (_logged, ...texts) => logger.log(texts.join('')),
    notice: (_logged, ...texts) => logger.log(texts.join('')),
    warn: (_logged, ...texts) => logger.warn(texts.join('')),
    err: (_logged, ...texts) => logger.error(texts.join('')),
  },
};

/** What is left of `ngx` that makes sense without nginx. */
export const NGX: Members = {
  now: () => Date.now() / 1000,
  time: () => Math.floor(Date.now() / 1000),
  md5: (_logged, text) => createHash('md5').update(String(text)).digest('hex'),
  encode_base64: (_logged, text) => Buffer.from(String(text)).toString('base64'),
  decode_base64: (_logged, text) => Buffer.from(String(text), 'base64').toString(),
  escape_uri: (_logged, text) => encodeURIComponent(String(text)),
  localtime: () => localTime(new Date()),
  utctime: () => utcTime(new Date()),
  today: () => localTime(new Date()).slice(0, 10),
};

export const NGX_REQ: Members = {
  get_method: ({ request }) => request.serviceRequest.method,
  get_headers: ({ request }) => request.headers.toObject(),
  get_uri_args: ({ request }) => queryArguments(request.serviceRequest.query),
  http_version: ({ request }) => Number(request.incoming.httpVersion),
  start_time: ({ request }) => request.startedAt / 1000,
};

export const NGX_RESP: Members = {
  get_headers: ({ request }) => request.responseHeaders.toObject(),
};

/** nginx's variables. */
export const VARIABLES: Members = {
  request_id: ({ request }) => request.id,
  request_method: ({ request }) => request.serviceRequest.method,
  request_uri: ({ request }) => request.target,
  request_length: ({ request }) => request.bytesReceived,
  request_time: ({ record }) => record.latencies.request / 1000,
  uri: ({ request }) => pathOf(request),
  args: ({ request }) => request.serviceRequest.query,
  scheme: ({ request }) => request.connection.scheme,
  host: ({ request }) => hostOf(request),
  remote_addr: ({ request }) => request.connection.clientIp,
  remote_port: ({ request }) => request.connection.clientPort,
  server_port: ({ request }) => request.connection.port,
  server_protocol: ({ request }) => `HTTP/${request.incoming.httpVersion}`,
  status: ({ request }) => request.status,
  bytes_sent: ({ request }) => request.bytesSent,
  upstream_uri: ({ record }) => record.upstream_uri,
  upstream_status: ({ record }) => record.upstream_status,
  ssl_protocol: ({ request }) => request.connection.tls?.version,
  ssl_cipher: ({ request }) => request.connection.tls?.cipher,
  ssl_server_name: ({ request }) => request.connection.tls?.sni,
};

/** The first value of that name; `_` also stands for `-`, as in Kong. */
function headerNamed(headers: HeaderList, name: unknown): string | undefined {
  const text = String(name);
  return headers.get(text) ?? headers.get(text.replaceAll('_', '-'));
}

/** `2026-01-31 23:59:59`, as nginx writes times. */
const utcTime = (at: Date): string => at.toISOString().slice(0, 19).replace('T', ' ');
const localTime = (at: Date): string => utcTime(new Date(at.getTime() - at.getTimezoneOffset() * 60_000));

/** A member of its own, whatever name Lua asks for: `constructor` is none. */
export function memberOf<T>(object: Readonly<Record<string, T>>, name: unknown): T | undefined {
  return typeof name === 'string' && Object.hasOwn(object, name) ? object[name] : undefined;
}

export const first = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value);

const hostOf = ({ connection: { host } }: Readonly<ProxiedRequest>): string => plainHost(host) ?? NO_HOST;

/** A request that matched no Route has no normalized path. */
const pathOf = ({ path, rawPath }: Readonly<ProxiedRequest>): string => (path === '' ? rawPath : path);

const forwarded = ({ connection, headers }: Readonly<ProxiedRequest>, name: string): string | undefined =>
  connection.trusted ? headers.get(name) : undefined;

function sourceOf({ source, exited }: Readonly<ProxiedRequest>): string {
  if (source === 'upstream') return 'service';
  return exited ? 'exit' : 'error';
}

function jsonIn({ body }: Readonly<ProxiedRequest>): unknown {
  try {
    return body.bytes && JSON.parse(body.bytes.toString());
  } catch {
    return undefined;
  }
}

function modeIn(options: unknown): LogFieldMode {
  const mode = typeof options === 'object' && options !== null ? (options as { mode?: unknown }).mode : undefined;
  return mode === 'add' || mode === 'replace' ? mode : 'set';
}
