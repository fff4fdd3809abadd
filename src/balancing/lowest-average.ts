import type { AlgorithmOptions, Candidate, Memory, Picker, Sample } from './algorithm.js';
import { MovingAverages } from './moving-average.js';
import { smallest } from './smallest.js';

/** Picks the candidate whose moving average of a measure is lowest for its weight. Samples without the measure count for nothing. */
export function lowestAverage<C extends Candidate>(
  candidates: readonly C[],
  options: Required<AlgorithmOptions>,
  memory: Memory,
  measure: (sample: Sample) => number | undefined,
): Picker<C> {
  const averages = new MovingAverages(candidates, options, memory);
  const score = (candidate: C) => averages.score(candidate);
  let start = 0;
  return {
    next: (isAvailable) => smallest(candidates, start++, isAvailable, score),
    ended(candidate, sample) {
      const value = measure(sample);
      if (value !== undefined) averages.add(candidate, value);
    },
  };
}
