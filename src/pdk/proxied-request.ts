import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Consumer } from '../entities/consumer.js';
import type { Route } from '../entities/route.js';
import type { Service } from '../entities/service.js';
import type { Bytes, Milliseconds } from '../entities/units.js';
import type { AttemptRecord } from './attempt-record.js';
import { HeaderList } from './header-list.js';
import { LogFields } from './log-fields.js';
import { RequestBody } from './request-body.js';
import { originForm } from './request-target.js';
import type { UpstreamAnswer, UpstreamAsker, UpstreamPlan } from './upstream-plan.js';

/** What a plugin answered, instead of the upstream. */
export type Exit =
  /** `kong.response.exit`: the body as given, no negotiation, no request_id. */
  | { readonly kind: 'answer'; readonly status: number; readonly headers: HeaderList; readonly body: Buffer }
  /** `kong.response.error`: Kong's error body in the form the client accepts. */
  | { readonly kind: 'error'; readonly status: number; readonly message: string; readonly headers: HeaderList };

/** The credential entity a client was recognised by. */
export interface Credential {
  readonly id: string;
  readonly consumer?: { readonly id: string };
  readonly [field: string]: unknown;
}

/** What goes upstream unless an UpstreamPlan words it otherwise. Plugins change it in access. */
export interface ServiceRequest {
  method: string;
  /** Escaped path without query string. */
  path: string;
  /** Query string without `?`; `undefined`: none. */
  query: string | undefined;
  /** Set by a plugin: wins over preserve_host and the Service's host. */
  hostHeader: string | undefined;
}

/** Where the time went, on the monotonic clock (`performance.now()`). `undefined`: did not happen. */
export interface Moments {
  /** First byte of the request head read. */
  readonly received: Milliseconds;
  /** The request was handed to the upstream, or the gateway answered itself. */
  dispatched: Milliseconds | undefined;
  /** The upstream's response head arrived. */
  headReceived: Milliseconds | undefined;
  /** The last byte went to the client, or the client left. */
  finished: Milliseconds | undefined;
}

/** Whose answer the client gets: the upstream's, or one the gateway made. */
export type ResponseSource = 'upstream' | 'kong';

/**
 * The facts of one request, from its first byte to its log line. Everyone may read; who writes which fact, and when, the
 * headings below tell. Plugins see it through the view of the phase they run in.
 */
export class ProxiedRequest {
  /** 32 lower-case hex digits. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly startedAt: Milliseconds;
  readonly moments: Moments;

  readonly method: string;
  /** The request target as received, query string included. */
  readonly target: string;
  /** The target's path as received: not normalized. */
  readonly rawPath: string;
  /** The target's query string as received, without `?`; `undefined`: there was no `?`. */
  readonly rawQuery: string | undefined;
  /** Headers as the client sent them and plugins left them; what is forwarded and logged. */
  readonly headers: HeaderList;
  readonly body: RequestBody;

  // -- routing: before access
  /** The path all matching is done on: decoded, dots resolved, slashes merged. */
  path = '';
  route: Route | undefined;
  service: Service | undefined;
  /** What of the path strip_path took off; `undefined`: nothing. */
  strippedPrefix: string | undefined;
  /** Groups of a matching regex path: by position from 1 and by name; the whole match under 0. Byte strings. */
  uriCaptures: Readonly<Record<string, string>> | undefined;

  // -- authentication: access
  consumer: Consumer | undefined;
  /** Ids of the consumer's groups, in the order of their names. */
  consumerGroupIds: readonly string[] | undefined;
  credential: Credential | undefined;

  // -- plugins: access
  readonly serviceRequest: ServiceRequest;
  /** Set by an AI plugin; else the proxy plans from the Service. */
  plan: UpstreamPlan | undefined;
  exited: Exit | undefined;
  /** Values plugins share with each other on one request (`kong.ctx.shared`). */
  readonly shared: Record<string, unknown> = {};
  readonly logFields = new LogFields();
  /** Names of query parameters whose values no log may show. */
  secretParameters: readonly string[] | undefined;
  private slots: Map<symbol, unknown> | undefined;
  private leaving: AbortController | undefined;
  /** Set by the proxy: what `askUpstream` asks. */
  asker: UpstreamAsker | undefined;

  // -- attempts and response: proxy
  readonly attempts: AttemptRecord[] = [];
  /** Path and query of the last attempt; `''` when none was built. */
  upstreamUri = '';
  source: ResponseSource = 'kong';
  /** Response head as it goes to the client; `status` 0 until known. */
  status = 0;
  responseHeaders = new HeaderList();
  /** Set in header_filter: the client cannot take the upstream's content coding, so it is undone on the way. */
  inflating = false;
  /**
   * Set by a plugin that reads the body's format: what the client needs of the answer has passed (a stream's terminal event),
   * so a client that leaves now has not left early.
   */
  answerPassed = false;
  /** Whether the upstream was tried, so that Kong's latency headers and log fields are those of a proxied request. */
  proxied = false;
  /** How the exchange with the client ended. */
  ending: 'complete' | 'client-left' | 'upstream-broke' | undefined;
  /** Bytes read from and written to the client's socket for this request. */
  bytesReceived = 0;
  bytesSent = 0;

  constructor(
    readonly incoming: IncomingMessage,
    readonly outgoing: ServerResponse,
    id: string,
    received: Milliseconds,
    startedAt: Milliseconds,
    /** Scheme, client address and listener as the trusted hops in front of us say. */
    readonly connection: ConnectionFacts,
    invite: (() => void) | undefined,
    bodyCeiling: Bytes = 0,
  ) {
    this.id = id;
    this.startedAt = startedAt;
    this.moments = { received, dispatched: undefined, headReceived: undefined, finished: undefined };
    this.method = incoming.method as string;
    const target = originForm(incoming.url as string);
    const mark = target.indexOf('?');
    this.target = target;
    this.rawPath = mark < 0 ? target : target.slice(0, mark);
    this.rawQuery = mark < 0 ? undefined : withoutFragment(target.slice(mark + 1));
    this.headers = HeaderList.fromFlat(incoming.rawHeaders);
    this.body = new RequestBody(incoming, invite, bodyCeiling);
    this.serviceRequest = { method: this.method, path: '', query: this.rawQuery, hostHeader: undefined };
  }

  /** The first value of a request header. */
  header(name: string): string | undefined {
    return this.headers.get(name);
  }

  /** Answers instead of the upstream. Objects become JSON. Access handlers after the caller are skipped. */
  exit(status: number, body?: string | Buffer | object, headers: Readonly<Record<string, string>> = {}): void {
    const list = new HeaderList();
    for (const name of Object.keys(headers)) list.append(name, headers[name] as string);
    this.exited = { kind: 'answer', status, headers: list, body: exitBody(body, list) };
  }

  /** Answers with Kong's error body (message, request_id) in the form the client accepts. */
  fail(status: number, message: string, headers: Readonly<Record<string, string>> = {}): void {
    const list = new HeaderList();
    for (const name of Object.keys(headers)) list.append(name, headers[name] as string);
    this.exited = { kind: 'error', status, message, headers: list };
  }

  /**
   * Asks the upstream, by the plan there is or else the Service's, and answers with its whole answer: same attempts, balancing,
   * TLS and log as if the proxy had asked. For a plugin that answers the client with what it makes of that; such a plugin exits
   * in any case. `limit`: the most of the answer that is held.
   */
  askUpstream(limit: Bytes): Promise<UpstreamAnswer> {
    if (!this.asker) throw new Error('there is no proxy behind this request');
    return this.asker.ask(this, limit);
  }

  /** Aborted once nobody waits for an answer to this request any more: for work that would be in vain. */
  get over(): AbortSignal {
    if (!this.leaving) {
      const leaving = new AbortController();
      this.leaving = leaving;
      if (this.outgoing.destroyed) leaving.abort();
      else this.outgoing.once('close', () => leaving.abort());
    }
    return this.leaving.signal;
  }

  /** A plugin's private state on this request: what `keep` stored under the same slot. */
  kept<T>(slot: symbol): T | undefined {
    return this.slots?.get(slot) as T | undefined;
  }

  keep(slot: symbol, value: unknown): void {
    this.slots ??= new Map();
    this.slots.set(slot, value);
  }
}

/** A fragment is not for servers (RFC 9110, 4.2.5); who sends one all the same keeps it to himself. */
function withoutFragment(query: string): string {
  const mark = query.indexOf('#');
  return mark < 0 ? query : query.slice(0, mark);
}

/** Where a request came from and by which listener, once trusted peers have been believed. */
export interface ConnectionFacts {
  readonly scheme: 'http' | 'https';
  /** The Host header as received; `''` when there was none. */
  readonly host: string;
  /** The listener's port, after port_maps. */
  readonly port: number;
  /** After real-ip processing. */
  readonly clientIp: string;
  readonly clientPort: number;
  /** The TCP peer. */
  readonly peerIp: string;
  /** Whether the peer is in trusted_ips, so that its X-Forwarded-* are believed. */
  readonly trusted: boolean;
  readonly tls?: {
    readonly version: string;
    readonly cipher: string;
    readonly sni?: string;
    readonly clientVerify: string;
  };
}

function exitBody(body: string | Buffer | object | undefined, headers: HeaderList): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  if (Buffer.isBuffer(body)) return body;
  if (typeof body === 'string') return Buffer.from(body);
  if (!headers.has('content-type')) headers.append('Content-Type', 'application/json; charset=utf-8');
  return Buffer.from(JSON.stringify(body));
}
