import { Algorithm, type BalancingAlgorithm, type Candidate, type Picker } from '../../algorithm.js';
import { Wheel } from '../../wheel.js';

/**
 * Candidates of the highest weight take turns; those of the next lower weight come in when none of the higher ones can be
 * used. A request that has tried them all has failed: it does not start again. Source: Kong's ai-proxy-advanced
 * documentation and changelog (3.10, 3.14.0.8).
 */
@Algorithm({ name: 'priority' })
export class PriorityAlgorithm implements BalancingAlgorithm {
  pickerFor<C extends Candidate>(candidates: readonly C[]): Picker<C> {
    const weights = [...new Set(candidates.map(({ weight }) => weight))].sort((a, b) => b - a);
    const groups = weights.map((weight) => new Wheel(candidates.filter((candidate) => candidate.weight === weight)));
    return {
      next(isAvailable, { tried }) {
        for (const group of groups) {
          const candidate = group.next((one) => !tried.has(one) && isAvailable(one));
          if (candidate !== undefined) return candidate;
        }
        return undefined;
      },
    };
  }
}
