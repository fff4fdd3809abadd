import type { Milliseconds } from '../entities/units.js';
import type { Attempt, AttemptOrder, AttemptSink, UpstreamAddress } from './attempt.js';
import type { ConnectionPool, PoolRules } from './connection-pool.js';
import { Http1Pool } from './http1-pool.js';
import { Http2Pool } from './http2-pool.js';

/** Addresses for which connections are kept. A configuration names a few; DNS that rotates must not grow it without end. */
const MAX_POOLS = 1024;

/**
 * Sends one attempt over the wire. Connections are pooled by address, TLS settings and connect time-out:
 * whatever makes two connections unlike each other.
 */
export class UpstreamClient {
  private readonly pools = new Map<string, ConnectionPool>();
  private readonly keys = new WeakMap<UpstreamAddress, Map<Milliseconds, string>>();

  constructor(private readonly rules: PoolRules) {}

  /** `upgrade`: the protocol to ask the upstream to switch to. */
  send(order: AttemptOrder, sink: AttemptSink, upgrade?: 'websocket'): Attempt {
    return this.poolFor(order.address, order.timeouts.connect).send(order, sink, upgrade);
  }

  /** Closes every connection once what runs on it is over. */
  async close(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.close()));
    this.pools.clear();
  }

  private poolFor(address: UpstreamAddress, connectTimeout: Milliseconds): ConnectionPool {
    const key = this.keyOf(address, connectTimeout);
    const known = this.pools.get(key);
    if (known) return known;
    if (this.pools.size >= MAX_POOLS) this.dropOldestPool();
    const Pool = address.http2 ? Http2Pool : Http1Pool;
    const pool = new Pool(address, connectTimeout, this.rules);
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

  private dropOldestPool(): void {
    const [key, pool] = this.pools.entries().next().value as [string, ConnectionPool];
    this.pools.delete(key);
    // Requests on it finish; only new ones go elsewhere.
    pool.close().catch(() => undefined);
  }
}
