import {
  Algorithm,
  type AlgorithmOptions,
  type BalancingAlgorithm,
  type Candidate,
  type Memory,
} from '../../algorithm.js';
import { lowestAverage } from '../../lowest-average.js';

/**
 * The candidate whose exchanges have used least of late, for its weight: tokens or cost, as the caller measures. Kong does not
 * publish how it adds usage up; an average that fades lets a candidate come back after one expensive exchange.
 */
@Algorithm({ name: 'lowest-usage' })
export class LowestUsageAlgorithm implements BalancingAlgorithm {
  pickerFor<C extends Candidate>(candidates: readonly C[], options: Required<AlgorithmOptions>, memory: Memory) {
    return lowestAverage(candidates, options, memory, ({ usage }) => usage);
  }
}
