import {
  Algorithm,
  type AlgorithmOptions,
  type BalancingAlgorithm,
  type Candidate,
  type Picker,
} from '../../algorithm.js';
import { HashRing } from './hash-ring.js';

/** Equal keys go to the same candidate. Source: Kong kong/runloop/balancer/consistent_hashing.lua. */
@Algorithm({ name: 'consistent-hashing' })
export class ConsistentHashingAlgorithm implements BalancingAlgorithm {
  pickerFor<C extends Candidate>(candidates: readonly C[], { slots }: Required<AlgorithmOptions>): Picker<C> {
    return new HashRing(candidates, slots);
  }
}
