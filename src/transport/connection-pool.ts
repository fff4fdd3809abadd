import { type Dispatcher, Pool } from 'undici';
import { type Milliseconds, milliseconds } from '../entities/units.js';
import type { AttemptOrder, AttemptSink, UpstreamAddress } from './attempt.js';
import { Dialler } from './dialler.js';
import { type ConnectionUse, HttpAttempt } from './http-attempt.js';
import { TunnelDialler } from './tunnel-dialler.js';

/** How connections to upstreams are kept. */
export interface PoolRules {
  /** Idle connections kept; 0: none, each request has a connection of its own. Kong: upstream_keepalive_pool_size. */
  readonly size: number;
  /** Connections kept idle for so long; 0: for ever. Kong: upstream_keepalive_idle_timeout. */
  readonly idleTimeout: Milliseconds;
  /** Requests over one connection; 0: no limit. Kong: upstream_keepalive_max_requests. */
  readonly maxRequests: number;
}

/** What undici, and the system's timers, can count to. */
const FOR_EVER = milliseconds(2 ** 31 - 1);

/** Connections to one address that are alike: same TLS settings, same time to connect. */
export class ConnectionPool implements ConnectionUse {
  private readonly pool: Pool;
  private running = 0;

  constructor(
    address: UpstreamAddress,
    connectTimeout: Milliseconds,
    private readonly rules: PoolRules,
  ) {
    const { scheme, ip, port, http2 = false } = address;
    const dialler = address.proxy
      ? new TunnelDialler(address, address.proxy, connectTimeout)
      : new Dialler(address, connectTimeout);
    this.pool = new Pool(`${scheme}://${ip.includes(':') ? `[${ip}]` : ip}:${port}`, {
      allowH2: http2,
      // Servers of gRPC end connections whose clients ask too often whether they are there.
      ...(http2 && { h2Options: { useH2c: scheme === 'http', pingInterval: 0 } }),
      pipelining: 1,
      keepAliveTimeout: rules.idleTimeout || FOR_EVER,
      maxRequestsPerClient: rules.maxRequests || undefined,
      connect: (_options, connected) => dialler.dial(connected),
    });
  }

  send(order: AttemptOrder, sink: AttemptSink, upgrade: 'websocket' | undefined): HttpAttempt {
    const attempt = new HttpAttempt(order, sink, this);
    this.running += 1;
    const { method, path, headers, body } = order;
    this.pool.dispatch(
      {
        method: method as Dispatcher.HttpMethod,
        path,
        headers: headers as string[],
        body,
        // The attempt has timers of its own, which are exact.
        headersTimeout: 0,
        bodyTimeout: 0,
        // As many connections as may stay are in use: this one's will not.
        ...(this.running > this.rules.size && { reset: true }),
        ...(upgrade && { upgrade }),
      },
      attempt,
    );
    return attempt;
  }

  ended(): void {
    this.running -= 1;
  }

  /** Closes every connection once what runs on it is over. */
  close(): Promise<void> {
    return this.pool.close();
  }
}
