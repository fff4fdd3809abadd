import { describe, expect, it } from '@jest/globals';
import type { Candidate } from '../../algorithm.js';
import { Balancers } from '../../balancer.js';
import { LowestLatencyAlgorithm } from './lowest-latency.algorithm.js';

const balancers = new Balancers([['lowest-latency', new LowestLatencyAlgorithm()]]);
const none: ReadonlySet<Candidate> = new Set();

describe('lowest-latency', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((id) => ({ id, weight: 1 })) as [Candidate, Candidate, Candidate];

  it('picks the candidate that answered fastest', () => {
    const balancer = balancers.create('lowest-latency', [a, b, c], { now: () => 0 });
    balancer.ended(a, { latency: 300 });
    balancer.ended(b, { latency: 100 });
    balancer.ended(c, { latency: 200 });
    expect(balancer.pick({ tried: none })).toBe(b);
    expect(balancer.pick({ tried: new Set([b]) })).toBe(c);
  });

  it('takes twice the latency from a candidate of twice the weight', () => {
    const heavy = { id: 'heavy', weight: 2 };
    const balancer = balancers.create('lowest-latency', [a, heavy], { now: () => 0 });
    balancer.ended(a, { latency: 110 });
    balancer.ended(heavy, { latency: 200 });
    expect(balancer.pick({ tried: none })).toBe(heavy);
  });

  it('weighs a sample the less the sooner it follows the one before', () => {
    let now = 0;
    const balancer = balancers.create('lowest-latency', [a, b], { now: () => now });
    balancer.ended(a, { latency: 100 });
    balancer.ended(b, { latency: 120 });
    now = 100; // 1 % of the decay time
    balancer.ended(a, { latency: 1000 });
    balancer.ended(b, { latency: 120 });
    expect(balancer.pick({ tried: none })).toBe(a); // 108 against 120
    now = 10_000;
    balancer.ended(a, { latency: 1000 });
    balancer.ended(b, { latency: 120 });
    expect(balancer.pick({ tried: none })).toBe(b);
  });

  it('tries a slow candidate again once it has been idle for long', () => {
    let now = 0;
    const balancer = balancers.create('lowest-latency', [a, b], { now: () => now });
    balancer.ended(a, { latency: 2000 });
    const picked = { a: 0, b: 0 };
    for (; now < 600_000; now += 100) {
      const candidate = balancer.pick({ tried: none }) as Candidate;
      picked[candidate.id as 'a' | 'b']++;
      balancer.ended(candidate, { latency: candidate === a ? 2000 : 500 });
    }
    expect(picked.a / 6000).toBeGreaterThan(0.001);
    expect(picked.a / 6000).toBeLessThan(0.05);
  });

  it('lets candidates take turns of which nothing is known', () => {
    const balancer = balancers.create('lowest-latency', [a, b, c]);
    expect([1, 2, 3].map(() => balancer.pick({ tried: none })?.id)).toEqual(['a', 'b', 'c']);
  });

  it('keeps its only candidate, however slow', () => {
    const balancer = balancers.create('lowest-latency', [a]);
    balancer.ended(a, { latency: 60_000 });
    expect(balancer.pick({ tried: none })).toBe(a);
    expect(balancer.pick({ tried: new Set([a]) })).toBe(a);
  });
});
