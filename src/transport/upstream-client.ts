import type { Duplex } from 'node:stream';
import { type Dispatcher, Pool } from 'undici';
import type { Milliseconds } from '../entities/units.js';
import type { AttemptOrder, UpstreamAddress } from './attempt.js';
import { AttemptFailure } from './attempt-failure.js';

/** Who takes what an attempt brings. Exactly one of `onEnd` and `onFailure` is called, last, unless it was aborted. */
export interface AttemptSink {
  /** The response's head: status and flat `[name, value …]` as they came. */
  onHead(status: number, headers: string[]): void;
  onData(chunk: Buffer): void;
  onEnd(trailers: string[]): void;
  onFailure(failure: AttemptFailure): void;
  /** The upstream agreed to switch protocols: the socket is the caller's from here on, and nothing else is called. */
  onUpgrade(headers: string[], socket: Duplex): void;
}

export interface UpstreamClientOptions {
  /** Connections kept idle for so long. Kong: upstream_keepalive_idle_timeout. */
  readonly keepAliveTimeout: Milliseconds;
  /** Requests over one connection; 0: no limit. Kong: upstream_keepalive_max_requests. */
  readonly maxRequestsPerConnection: number;
}

/** Addresses for which connections are kept. A configuration names a few; DNS that rotates must not grow it without end. */
const MAX_POOLS = 1024;

/**
 * Sends one attempt over the wire with undici. Connections are pooled by address, TLS settings and connect time-out:
 * whatever makes two connections unlike each other.
 */
export class UpstreamClient {
  private readonly pools = new Map<string, Pool>();
  private readonly keys = new WeakMap<UpstreamAddress, Map<Milliseconds, string>>();

  constructor(private readonly options: UpstreamClientOptions) {}

  /** `upgrade`: the protocol to ask the upstream to switch to. */
  send(order: AttemptOrder, sink: AttemptSink, upgrade?: 'websocket'): Attempt {
    const attempt = new Attempt(sink, order.timeouts.idle);
    const { method, path, headers, body, timeouts } = order;
    this.poolFor(order.address, timeouts.connect).dispatch(
      {
        method: method as Dispatcher.HttpMethod,
        path,
        headers: headers as string[],
        body,
        headersTimeout: timeouts.head,
        bodyTimeout: timeouts.idle,
        ...(upgrade && { upgrade }),
      },
      attempt,
    );
    return attempt;
  }

  /** Closes every connection once what runs on it is over. */
  async close(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.close()));
    this.pools.clear();
  }

  private poolFor(address: UpstreamAddress, connectTimeout: Milliseconds): Pool {
    const key = this.keyOf(address, connectTimeout);
    const known = this.pools.get(key);
    if (known) return known;
    if (this.pools.size >= MAX_POOLS) this.dropOldestPool();
    const pool = this.newPool(address, connectTimeout);
    this.pools.set(key, pool);
    return pool;
  }

  private keyOf(address: UpstreamAddress, connectTimeout: Milliseconds): string {
    let byTimeout = this.keys.get(address);
    if (!byTimeout) {
      byTimeout = new Map();
      this.keys.set(address, byTimeout);
    }
    let key = byTimeout.get(connectTimeout);
    if (key === undefined) {
      key = `${connectTimeout} ${JSON.stringify(address)}`;
      byTimeout.set(connectTimeout, key);
    }
    return key;
  }

  private newPool({ scheme, ip, port, tls }: UpstreamAddress, connectTimeout: Milliseconds): Pool {
    const host = ip.includes(':') ? `[${ip}]` : ip;
    return new Pool(`${scheme}://${host}:${port}`, {
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: this.options.keepAliveTimeout,
      maxRequestsPerClient: this.options.maxRequestsPerConnection || undefined,
      connect: {
        timeout: connectTimeout,
        noDelay: true,
        ...(tls && {
          servername: tls.servername,
          rejectUnauthorized: tls.verify,
          ca: tls.authorities && [...tls.authorities],
          cert: tls.certificate?.cert,
          key: tls.certificate?.key,
        }),
      },
    });
  }

  private dropOldestPool(): void {
    const [key, pool] = this.pools.entries().next().value as [string, Pool];
    this.pools.delete(key);
    // Requests on it finish; only new ones go elsewhere.
    pool.close().catch(() => undefined);
  }
}

/** One attempt under way: undici's handler, and the handle by which the proxy slows or ends it. */
export class Attempt implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | undefined;
  private aborted = false;
  private started = false;

  constructor(
    private readonly sink: AttemptSink,
    readonly idleTimeout: Milliseconds,
  ) {}

  /** Stops reading: the upstream's next bytes stay in the socket until `resume`. */
  pause(): void {
    this.controller?.pause();
  }

  resume(): void {
    this.controller?.resume();
  }

  /** Ends the attempt and its connection. The sink hears nothing more. */
  abort(reason: Error): void {
    if (this.aborted) return;
    this.aborted = true;
    this.controller?.abort(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    this.started = true;
    // Aborted while it waited for its connection: nothing has been written yet.
    if (this.aborted) controller.abort(new Error('aborted before it was sent'));
  }

  onResponseStart(controller: Dispatcher.DispatchController, statusCode: number): void {
    // 100 Continue and 103 Early Hints are between us and the upstream.
    if (statusCode < 200 || this.aborted) return;
    this.sink.onHead(statusCode, textOf(controller.rawHeaders));
  }

  onRequestUpgrade(
    controller: Dispatcher.DispatchController,
    _statusCode: number,
    _headers: unknown,
    socket: Duplex,
  ): void {
    if (this.aborted) socket.destroy();
    else this.sink.onUpgrade(textOf(controller.rawHeaders), socket);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.aborted) this.sink.onData(chunk);
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (!this.aborted) this.sink.onEnd(textOf(controller.rawTrailers));
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.aborted) return;
    this.aborted = true;
    this.sink.onFailure(AttemptFailure.from(error, this.started));
  }
}

/** Header bytes are Latin-1 (RFC 9110, 5.5); what arrives must leave unchanged. */
function textOf(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  if (!Array.isArray(raw)) return [];
  const list: string[] = [];
  for (const part of raw) list.push(typeof part === 'string' ? part : part.toString('latin1'));
  return list;
}
