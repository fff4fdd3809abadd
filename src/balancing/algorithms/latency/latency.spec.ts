import { describe, expect, it } from '@jest/globals';
import type { Candidate } from '../../algorithm.js';
import { Balancers } from '../../balancer.js';
import { LatencyAlgorithm } from './latency.algorithm.js';

const balancers = new Balancers([['latency', new LatencyAlgorithm()]]);
const none: ReadonlySet<Candidate> = new Set();

describe('latency', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((id) => ({ id, weight: 1 })) as [Candidate, Candidate, Candidate];

  it('takes the faster of two candidates drawn by lot', () => {
    const lots = [0, 0.4, 0.7, 0.1, 0.4, 0.7];
    const balancer = balancers.create('latency', [a, b, c], { now: () => 0, random: () => lots.shift() ?? 0 });
    balancer.ended(a, { latency: 500 });
    balancer.ended(b, { latency: 100 });
    balancer.ended(c, { latency: 900 });
    expect(balancer.pick({ tried: none })).toBe(b); // a or b
    expect(balancer.pick({ tried: none })).toBe(a); // c or a
    expect(balancer.pick({ tried: none })).toBe(b); // b or c
  });

  it('forgets what was measured in the course of time', () => {
    let now = 0;
    const balancer = balancers.create('latency', [a, b], { now: () => now, random: () => 0 });
    balancer.ended(a, { latency: 500 });
    balancer.ended(b, { latency: 100 });
    expect(balancer.pick({ tried: none })).toBe(b);
    for (; now < 60_000; now += 1000) balancer.ended(b, { latency: 100 });
    expect(balancer.pick({ tried: none })).toBe(a);
  });

  it('answers with the only one, and with nobody when there is none', () => {
    expect(balancers.create('latency', [a]).pick({ tried: none })).toBe(a);
    expect(balancers.create('latency', [a, b], { isUsable: ({ id }) => id === 'b' }).pick({ tried: none })).toBe(b);
    expect(balancers.create('latency', []).pick({ tried: none })).toBeUndefined();
  });

  it('starts a newcomer at the mean of the others', () => {
    const options = { key: 'up', now: () => 0, random: () => 0 };
    const before = balancers.create('latency', [a, b], options);
    before.ended(a, { latency: 100 });
    before.ended(b, { latency: 500 });
    const after = balancers.create('latency', [a, c], options);
    before.release();
    expect(after.pick({ tried: none })).toBe(a); // 100 against 300
    after.release();
    const other = balancers.create('latency', [b, c], options);
    expect(other.pick({ tried: none })).toBeDefined();
    other.release();
  });
});
