import {
  Algorithm,
  type AlgorithmOptions,
  type BalancingAlgorithm,
  type Candidate,
  type Memory,
  type Picker,
} from '../../algorithm.js';
import { MovingAverages } from '../../moving-average.js';

/**
 * Of two candidates drawn by lot, the one that has answered faster of late. Two rather than all, or every gateway would run
 * after the same fastest one. Source: Kong kong/runloop/balancer/latency.lua.
 */
@Algorithm({ name: 'latency' })
export class LatencyAlgorithm implements BalancingAlgorithm {
  pickerFor<C extends Candidate>(
    candidates: readonly C[],
    options: Required<AlgorithmOptions>,
    memory: Memory,
  ): Picker<C> {
    const averages = new MovingAverages(candidates, options, memory);
    /** Somebody available other than `than`, from a place drawn by lot onwards. */
    const anyone = (isAvailable: (candidate: C) => boolean, than?: C): C | undefined => {
      const start = Math.floor(options.random() * candidates.length);
      for (let step = 0; step < candidates.length; step++) {
        const candidate = candidates[(start + step) % candidates.length] as C;
        if (candidate !== than && isAvailable(candidate)) return candidate;
      }
      return undefined;
    };
    return {
      next(isAvailable) {
        const one = anyone(isAvailable);
        if (one === undefined) return undefined;
        const other = anyone(isAvailable, one);
        return other !== undefined && averages.score(other) < averages.score(one) ? other : one;
      },
      ended(candidate, { latency }) {
        if (latency !== undefined) averages.add(candidate, latency);
      },
    };
  }
}
