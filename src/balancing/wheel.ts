import type { Candidate, Picker } from './algorithm.js';

/**
 * Candidates on a wheel, as many places each as their weights in lowest terms say (1 and 2, not 100 and 200). Over one full
 * turn the shares are exact. The places are shuffled, or a heavy candidate would get its whole share in one burst; by a fixed
 * seed, so that all gateways with the same configuration agree.
 */
export class Wheel<C extends Candidate> implements Picker<C> {
  /** Indexes into `candidates`. */
  private readonly places: Uint32Array;

  constructor(
    private readonly candidates: readonly C[],
    private readonly position: { place: number } = { place: 0 },
  ) {
    const divisor = candidates.reduce((common, { weight }) => greatestCommonDivisor(common, weight), 0);
    const shares = candidates.map(({ weight }) => weight / divisor);
    this.places = new Uint32Array(shares.reduce((sum, share) => sum + share, 0));
    let filled = 0;
    shares.forEach((share, index) => {
      this.places.fill(index, filled, filled + share);
      filled += share;
    });
    shuffle(this.places, randomFrom(SEED));
  }

  next(isAvailable: (candidate: C) => boolean): C | undefined {
    const { places, candidates, position } = this;
    for (let step = 0; step < places.length; step++) {
      const place = position.place % places.length;
      position.place = place + 1;
      const candidate = candidates[places[place] as number] as C;
      if (isAvailable(candidate)) return candidate;
    }
    return undefined;
  }
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));

/** Fisher and Yates. */
function shuffle(places: Uint32Array, random: () => number): void {
  for (let last = places.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const moved = places[last] as number;
    places[last] = places[other] as number;
    places[other] = moved;
  }
}

// Any number would do, as long as it never changes.
const SEED = 19_760_413;

/** Mulberry32: small, and the same on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
