import { Algorithm, type BalancingAlgorithm, type Candidate, type Memory, type Picker } from '../../algorithm.js';
import { smallest } from '../../smallest.js';

/**
 * The candidate that has the fewest exchanges under way for its weight, counting the one to come.
 * Source: Kong kong/runloop/balancer/least_connections.lua.
 */
@Algorithm({ name: 'least-connections' })
export class LeastConnectionsAlgorithm implements BalancingAlgorithm {
  pickerFor<C extends Candidate>(candidates: readonly C[], _options: unknown, memory: Memory): Picker<C> {
    const open = (candidate: C) => memory.recall(candidate.id, () => ({ exchanges: 0 }));
    // Asked for now, so that they are remembered from one picker to the next.
    const underWay = new Map(candidates.map((candidate) => [candidate, open(candidate)]));
    const load = (candidate: C) => ((underWay.get(candidate)?.exchanges ?? 0) + 1) / candidate.weight;
    let start = 0;
    return {
      next: (isAvailable) => smallest(candidates, start++, isAvailable, load),
      started: (candidate) => void open(candidate).exchanges++,
      ended: (candidate) => void open(candidate).exchanges--,
    };
  }
}
