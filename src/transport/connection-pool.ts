import type { Milliseconds } from '../entities/units.js';
import type { Attempt, AttemptOrder, AttemptSink } from './attempt.js';

/** How connections to upstreams are kept. */
export interface PoolRules {
  /** Idle connections kept; 0: none, each request has a connection of its own. Kong: upstream_keepalive_pool_size. */
  readonly size: number;
  /** Connections kept idle for so long; 0: for ever. Kong: upstream_keepalive_idle_timeout. */
  readonly idleTimeout: Milliseconds;
  /** Requests over one connection; 0: no limit. Kong: upstream_keepalive_max_requests. */
  readonly maxRequests: number;
}

/** Connections to one address that are alike: same TLS settings, same time to connect. */
export interface ConnectionPool {
  /** `upgrade`: the protocol to ask the upstream to switch to. */
  send(order: AttemptOrder, sink: AttemptSink, upgrade: 'websocket' | undefined): Attempt;
  /** Closes every connection once what runs on it is over. */
  close(): Promise<void>;
}
