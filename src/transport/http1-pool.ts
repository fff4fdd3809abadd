import { type Dispatcher, Pool } from 'undici';
import { hostInUrl } from '../entities/host.js';
import { type Milliseconds, milliseconds } from '../entities/units.js';
import type { AttemptOrder, AttemptSink, UpstreamAddress } from './attempt.js';
import type { ConnectionPool, PoolRules } from './connection-pool.js';
import { Dialler } from './dialler.js';
import { Http1Attempt } from './http1-attempt.js';
import { TunnelDialler } from './tunnel-dialler.js';
import type { ConnectionUse } from './watched-attempt.js';

/** What undici, and the system's timers, can count to. */
const FOR_EVER = milliseconds(2 ** 31 - 1);

/** Connections of HTTP/1.1 to one address, by undici. */
export class Http1Pool implements ConnectionPool, ConnectionUse {
  private readonly pool: Pool;
  private running = 0;

  constructor(
    address: UpstreamAddress,
    connectTimeout: Milliseconds,
    private readonly rules: PoolRules,
  ) {
    const { scheme, ip, port } = address;
    const dialler = address.proxy
      ? new TunnelDialler(address, address.proxy, connectTimeout)
      : new Dialler(address, connectTimeout);
    this.pool = new Pool(`${scheme}://${hostInUrl(ip)}:${port}`, {
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: rules.idleTimeout || FOR_EVER,
      maxRequestsPerClient: rules.maxRequests || undefined,
      connect: (_options, connected) => dialler.dial(connected),
    });
  }

  send(order: AttemptOrder, sink: AttemptSink, upgrade: 'websocket' | undefined): Http1Attempt {
    const attempt = new Http1Attempt(order, sink, this);
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

  close(): Promise<void> {
    return this.pool.close();
  }
}
