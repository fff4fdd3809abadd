import { Algorithm, type BalancingAlgorithm, type Candidate, type Memory, type Picker } from '../../algorithm.js';
import { sessionToken } from '../../session-token.js';
import { Wheel } from '../../wheel.js';

/**
 * The candidate whose token the request brings as its hash key, as long as it can be used; others take turns for whoever
 * brings none. Source: Kong Enterprise's documentation of sticky sessions.
 */
@Algorithm({ name: 'sticky-sessions' })
export class StickySessionsAlgorithm implements BalancingAlgorithm {
  pickerFor<C extends Candidate>(candidates: readonly C[], _options: unknown, memory: Memory): Picker<C> {
    const byToken = new Map(candidates.map((candidate) => [sessionToken(candidate), candidate]));
    const wheel = new Wheel(
      candidates,
      memory.recall('', () => ({ place: 0 })),
    );
    return {
      next(isAvailable, { hashKey }) {
        const own = hashKey === undefined ? undefined : byToken.get(hashKey);
        return own !== undefined && isAvailable(own) ? own : wheel.next(isAvailable);
      },
    };
  }
}
