import { HEALTHY, type Health } from './health.js';

/**
 * What is thought of the addresses of an Upstream, by address id. Shared by an Upstream's balancers before and after a reload:
 * requests that began with the one before still add to it.
 */
export class HealthBoard {
  /** Whoever is not here is healthy, and nothing speaks against him. */
  private readonly marked = new Map<string, Health>();
  private flips = 0;

  /** Changes whenever an address turns healthy or unhealthy. */
  get version(): number {
    return this.flips;
  }

  of(id: string): Health {
    return this.marked.get(id) ?? HEALTHY;
  }

  /** Answers whether the address turned. */
  put(id: string, health: Health): boolean {
    const turns = this.of(id).state !== health.state;
    if (health === HEALTHY) this.marked.delete(id);
    else this.marked.set(id, health);
    if (turns) this.flips += 1;
    return turns;
  }

  /** Forgets the addresses for which this does not hold. */
  keep(isKept: (id: string) => boolean): void {
    for (const id of this.marked.keys()) {
      if (!isKept(id)) this.marked.delete(id);
    }
  }
}
