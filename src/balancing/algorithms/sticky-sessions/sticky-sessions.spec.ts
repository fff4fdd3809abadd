import { describe, expect, it } from '@jest/globals';
import type { Candidate } from '../../algorithm.js';
import { Balancers } from '../../balancer.js';
import { sessionToken } from '../../session-token.js';
import { StickySessionsAlgorithm } from './sticky-sessions.algorithm.js';

const balancers = new Balancers([['sticky-sessions', new StickySessionsAlgorithm()]]);
const tried: ReadonlySet<Candidate> = new Set();

describe('sticky-sessions', () => {
  const candidates = ['a', 'b', 'c'].map((id) => ({ id, weight: 1 }));

  it('sends a client back to the candidate whose token it brings', () => {
    const balancer = balancers.create('sticky-sessions', candidates);
    for (const candidate of candidates) {
      expect(balancer.pick({ hashKey: sessionToken(candidate), tried })).toBe(candidate);
    }
  });

  it('lets candidates take turns for clients that bring no token, or one of nobody', () => {
    const balancer = balancers.create('sticky-sessions', candidates);
    const ids = [undefined, 'ffffffff', ''].map((hashKey) => balancer.pick({ hashKey, tried })?.id);
    expect(new Set(ids)).toEqual(new Set(['a', 'b', 'c']));
  });

  it('goes to another one while its own cannot be used', () => {
    const [gone, ...others] = candidates;
    const balancer = balancers.create('sticky-sessions', candidates, { isUsable: ({ id }) => id !== gone?.id });
    expect(others).toContain(balancer.pick({ hashKey: sessionToken(gone as Candidate), tried }));
  });
});
