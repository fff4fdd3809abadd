import { describe, expect, it } from '@jest/globals';
import type { Candidate } from '../../algorithm.js';
import { type Balancer, Balancers } from '../../balancer.js';
import { LeastConnectionsAlgorithm } from './least-connections.algorithm.js';

const balancers = new Balancers([['least-connections', new LeastConnectionsAlgorithm()]]);
const begin = (balancer: Balancer<Candidate>, tried: ReadonlySet<Candidate> = new Set()) => {
  const candidate = balancer.pick({ tried }) as Candidate;
  balancer.started(candidate);
  return candidate;
};

describe('least-connections', () => {
  const small = { id: 'small', weight: 1 };
  const big = { id: 'big', weight: 2 };

  it('fills candidates in proportion to their weight', () => {
    const balancer = balancers.create('least-connections', [small, big]);
    const begun = Array.from({ length: 9 }, () => begin(balancer).id);
    expect(begun.filter((id) => id === 'big')).toHaveLength(6);
  });

  it('comes back to the candidate whose exchanges are over', () => {
    const [a, b] = [
      { id: 'a', weight: 1 },
      { id: 'b', weight: 1 },
    ];
    const balancer = balancers.create('least-connections', [a, b]);
    for (let count = 0; count < 4; count++) begin(balancer);
    balancer.ended(b, {});
    expect(begin(balancer)).toBe(b);
  });

  it('lets idle candidates take turns', () => {
    const balancer = balancers.create('least-connections', [
      { id: 'a', weight: 1 },
      { id: 'b', weight: 1 },
    ]);
    const ids = Array.from({ length: 4 }, () => {
      const candidate = begin(balancer);
      balancer.ended(candidate, {});
      return candidate.id;
    });
    expect(ids).toEqual(['a', 'b', 'a', 'b']);
  });

  it('tries somebody else after a failure, and the same one when there is nobody else', () => {
    const balancer = balancers.create('least-connections', [small, big]);
    expect(begin(balancer, new Set([big]))).toBe(small);
    expect(begin(balancer, new Set([big, small]))).toBeDefined();
  });

  it('counts what is under way across a reload', () => {
    const before = balancers.create('least-connections', [small, big], { key: 'up' });
    for (let count = 0; count < 3; count++) before.started(big);
    const again = { id: 'big', weight: 2 };
    const after = balancers.create('least-connections', [small, again], { key: 'up' });
    before.release();
    expect(begin(after)).toBe(small);
    for (let count = 0; count < 3; count++) before.ended(big, {});
    expect(begin(after)).toBe(again);
    after.release();
  });
});
