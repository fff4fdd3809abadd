import {
  Algorithm,
  type AlgorithmOptions,
  type BalancingAlgorithm,
  type Candidate,
  type Memory,
} from '../../algorithm.js';
import { lowestAverage } from '../../lowest-average.js';

/** The candidate that has answered fastest of late, for its weight. What counts as latency is the caller's choice. */
@Algorithm({ name: 'lowest-latency' })
export class LowestLatencyAlgorithm implements BalancingAlgorithm {
  pickerFor<C extends Candidate>(candidates: readonly C[], options: Required<AlgorithmOptions>, memory: Memory) {
    return lowestAverage(candidates, options, memory, ({ latency }) => latency);
  }
}
