import {
  Algorithm,
  type BalancingAlgorithm,
  type Candidate,
  type Picker,
} from '../../../../src/balancing/algorithm.js';

/** The last candidate that can be used. */
@Algorithm({ name: 'last-in-line' })
export class LastInLineAlgorithm implements BalancingAlgorithm {
  pickerFor<C extends Candidate>(candidates: readonly C[]): Picker<C> {
    return { next: (isAvailable) => candidates.findLast(isAvailable) };
  }
}
