import type { Candidate, Picker, PickHints } from '../../algorithm.js';
import { xxh32 } from '../../xxh32.js';

// Kong's (kong/runloop/balancer/consistent_hashing.lua).
const POINTS_PER_CANDIDATE = 160;
const SMALLEST_RING = 1000;

/**
 * Candidates on a ring, at places that depend on their names only: when one comes or goes, only the keys that were or will be
 * its own change hands. A key's candidate is the one at its place or at the nearest taken place below.
 */
export class HashRing<C extends Candidate> implements Picker<C> {
  private readonly size: number;
  /** The taken places, ascending … */
  private readonly places: number[] = [];
  /** … and who has them: indexes into `candidates`. */
  private readonly owners: number[] = [];
  /** By candidate: the look-up in which it was last found unavailable, so that it is asked once, not at all of its places. */
  private readonly refusedIn: Float64Array;
  private lookUps = 0;
  /** How many candidates the ring has room for; the others follow when none of these can be used. */
  private readonly seated: number;
  private readonly unseated: readonly C[];

  constructor(
    private readonly candidates: readonly C[],
    slots: number,
  ) {
    this.size = Math.max(slots, SMALLEST_RING);
    this.refusedIn = new Float64Array(candidates.length);
    const ring = this.placed(new Int32Array(this.size).fill(-1));
    ring.forEach((owner, place) => {
      if (owner < 0) return;
      this.places.push(place);
      this.owners.push(owner);
    });
    const seated = new Set(this.owners);
    this.seated = seated.size;
    this.unseated = candidates.filter((_, index) => !seated.has(index));
  }

  next(isAvailable: (candidate: C) => boolean, { hashKey = '' }: PickHints): C | undefined {
    const { owners, candidates, refusedIn } = this;
    const lookUp = ++this.lookUps;
    let point = this.pointAtOrBelow(xxh32(hashKey) % this.size);
    for (let refusals = 0; refusals < this.seated; point = point === 0 ? owners.length - 1 : point - 1) {
      const owner = owners[point] as number;
      if (refusedIn[owner] === lookUp) continue;
      const candidate = candidates[owner] as C;
      if (isAvailable(candidate)) return candidate;
      refusedIn[owner] = lookUp;
      refusals++;
    }
    return this.unseated.find(isAvailable);
  }

  /**
   * Each candidate gets points by its share of the weight, at least one. A point whose place is taken moves on, so candidates
   * come in the order of their names: the order in which they were configured must not matter.
   */
  private placed(ring: Int32Array): Int32Array {
    const { candidates } = this;
    const total = candidates.reduce((sum, { weight }) => sum + weight, 0);
    let collisions = 0;
    const byName = candidates
      .map(({ id, ringName = id, weight }, owner) => ({ ringName, weight, owner }))
      .sort((a, b) => (a.ringName < b.ringName ? -1 : 1));
    byName.forEach(({ ringName, weight, owner }) => {
      const share = (weight / total) * candidates.length;
      let points = Math.max(1, Math.floor(share * POINTS_PER_CANDIDATE));
      // More collisions than places: the ring is full.
      for (let point = 1; point <= points && collisions <= this.size; point++) {
        const place = xxh32(`${ringName} ${point}`) % this.size;
        if (ring[place] === -1) {
          ring[place] = owner;
        } else {
          points++;
          collisions++;
        }
      }
    });
    return ring;
  }

  /** The last point whose place is not above; below the first one the ring closes. By bisection. */
  private pointAtOrBelow(place: number): number {
    const { places } = this;
    let low = 0;
    let high = places.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((places[middle] as number) <= place) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? places.length - 1 : low - 1;
  }
}
