import type { Milliseconds } from '../entities/units.js';

/** One try as it is logged (`tries[]`). Source: Kong kong/pdk/log.lua, kong/runloop/balancer. */
export interface AttemptRecord {
  /** Epoch milliseconds, with fraction. */
  readonly balancerStart: Milliseconds;
  /** Spent choosing and resolving. */
  readonly balancerLatency: Milliseconds;
  readonly ip: string;
  readonly port: number;
  /** Only on failed tries: `failed` (connection, time-out) or `next` (went on after a status). */
  state?: 'failed' | 'next';
  code?: number;
  /** The status the upstream answered with, if it did. */
  status?: number;
}
