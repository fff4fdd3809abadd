import { describe, expect, it } from '@jest/globals';
import type { Candidate } from '../../algorithm.js';
import { Balancers } from '../../balancer.js';
import { LowestUsageAlgorithm } from './lowest-usage.algorithm.js';

const balancers = new Balancers([['lowest-usage', new LowestUsageAlgorithm()]]);
const none: ReadonlySet<Candidate> = new Set();

describe('lowest-usage', () => {
  const a = { id: 'a', weight: 1 };
  const b = { id: 'b', weight: 1 };

  it('picks the candidate whose exchanges used least', () => {
    const balancer = balancers.create('lowest-usage', [a, b], { now: () => 0 });
    balancer.ended(a, { usage: 900 });
    balancer.ended(b, { usage: 1200 });
    expect(balancer.pick({ tried: none })).toBe(a);
  });

  it('takes an exchange without a usage report for no report, not for a free one', () => {
    const balancer = balancers.create('lowest-usage', [a, b], { now: () => 0 });
    balancer.ended(a, { usage: 900 });
    balancer.ended(b, { usage: 1200 });
    balancer.ended(b, { latency: 5 });
    expect(balancer.pick({ tried: none })).toBe(a);
  });

  it('comes back to a candidate after its expensive exchange has faded', () => {
    let now = 0;
    const balancer = balancers.create('lowest-usage', [a, b], { now: () => now });
    balancer.ended(a, { usage: 100_000 });
    for (; now <= 60_000; now += 1000) balancer.ended(b, { usage: 1000 });
    expect(balancer.pick({ tried: none })).toBe(a);
  });
});
