import type { Target } from '../entities/target.js';
import type { Upstream } from '../entities/upstream.js';
import { UpstreamBalancer, type UpstreamRooms } from './upstream-balancer.js';

interface Shared {
  readonly content: string;
  readonly balancer: UpstreamBalancer;
  users: number;
}

/** A balancer in use; whoever got it releases it once. */
export interface UpstreamLease {
  readonly balancer: UpstreamBalancer;
  release(): void;
}

/**
 * The balancers of all Upstreams in use. A configuration that leaves an Upstream and its Targets as they were gets the one
 * that is at work already; one that changes them gets a new one that goes on from what the old one knows.
 */
export class UpstreamBalancers {
  /** By Upstream id, the newest last: during a reload there may be two. */
  private readonly inUse = new Map<string, Shared[]>();

  constructor(private readonly rooms: UpstreamRooms) {}

  lease(upstream: Upstream, targets: readonly Target[]): UpstreamLease {
    const sharers = this.inUse.get(upstream.id) ?? [];
    this.inUse.set(upstream.id, sharers);
    const content = contentOf(upstream, targets);
    const newest = sharers.at(-1);
    const shared =
      newest?.content === content
        ? newest
        : { content, balancer: new UpstreamBalancer(upstream, targets, this.rooms, newest?.balancer), users: 0 };
    if (shared !== newest) sharers.push(shared);
    shared.users += 1;
    return { balancer: shared.balancer, release: () => this.release(upstream.id, shared) };
  }

  /** Those of the newest configuration. */
  *newest(): Generator<UpstreamBalancer> {
    for (const sharers of this.inUse.values()) yield (sharers.at(-1) as Shared).balancer;
  }

  private release(id: string, shared: Shared): void {
    shared.users -= 1;
    if (shared.users > 0) return;
    const sharers = this.inUse.get(id) as Shared[];
    sharers.splice(sharers.indexOf(shared), 1);
    shared.balancer.release();
    const newest = sharers.at(-1);
    if (newest) newest.balancer.tidy();
    else this.inUse.delete(id);
  }
}

/** What of an Upstream and its Targets decides how it balances. Loading a file again makes new times of creation. */
function contentOf(upstream: Upstream, targets: readonly Target[]): string {
  const { created_at: _, updated_at: __, tags: ___, ...settings } = upstream;
  return JSON.stringify([settings, targets.map(({ target, weight, failover }) => [target, weight, failover])]);
}
