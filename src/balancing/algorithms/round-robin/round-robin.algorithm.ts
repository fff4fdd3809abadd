import { Algorithm, type BalancingAlgorithm, type Candidate, type Memory, type Picker } from '../../algorithm.js';
import { Wheel } from '../../wheel.js';

/** Each candidate in turn, as often as its weight says. Source: Kong kong/runloop/balancer/round_robin.lua. */
@Algorithm({ name: 'round-robin' })
export class RoundRobinAlgorithm implements BalancingAlgorithm {
  pickerFor<C extends Candidate>(candidates: readonly C[], _options: unknown, memory: Memory): Picker<C> {
    return new Wheel(
      candidates,
      memory.recall('', () => ({ place: 0 })),
    );
  }
}
