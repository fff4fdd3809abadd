import { describe, expect, it } from '@jest/globals';
import type { Candidate } from './algorithm.js';
import { RoundRobinAlgorithm } from './algorithms/round-robin/round-robin.algorithm.js';
import { Balancers } from './balancer.js';

const balancers = new Balancers([['round-robin', new RoundRobinAlgorithm()]]);
const tried: ReadonlySet<Candidate> = new Set();
const a = { id: 'a', weight: 1 };
const circuits = { maxFails: 3, failTimeout: 1000 };

describe('a circuit', () => {
  let now = 0;
  const balancerOf = (...candidates: Candidate[]) => {
    now = 0;
    return balancers.create('round-robin', candidates, { circuits, now: () => now });
  };
  const fail = (balancer: { failed(candidate: Candidate): void }, times: number) => {
    for (let time = 0; time < times; time++) balancer.failed(a);
  };

  it('takes a candidate out of rotation at the last failure allowed, not before', () => {
    const balancer = balancerOf(a);
    fail(balancer, 2);
    expect(balancer.pick({ tried })).toBe(a);
    fail(balancer, 1);
    expect(balancer.pick({ tried })).toBeUndefined();
    expect(balancer.isInRotation(a)).toBe(false);
  });

  it('counts failures in total: a success among them forgives nothing', () => {
    const balancer = balancerOf(a);
    fail(balancer, 2);
    now = 1000;
    balancer.succeeded(a);
    fail(balancer, 1);
    expect(balancer.pick({ tried })).toBeUndefined();
  });

  it('forgets its failures at a success later than fail_timeout after the last one', () => {
    const balancer = balancerOf(a);
    fail(balancer, 2);
    now = 1001;
    balancer.succeeded(a);
    fail(balancer, 2);
    expect(balancer.pick({ tried })).toBe(a);
  });

  it('lets one trial through after fail_timeout, and closes when it succeeds', () => {
    const balancer = balancerOf(a);
    fail(balancer, 3);
    now = 999;
    expect(balancer.pick({ tried })).toBeUndefined();
    now = 1000;
    expect(balancer.pick({ tried })).toBe(a);
    expect(balancer.pick({ tried })).toBeUndefined();
    balancer.succeeded(a);
    expect(balancer.pick({ tried })).toBe(a);
    fail(balancer, 2);
    expect(balancer.pick({ tried })).toBe(a);
  });

  it('opens again when the trial fails', () => {
    const balancer = balancerOf(a);
    fail(balancer, 3);
    now = 1000;
    balancer.pick({ tried });
    balancer.failed(a);
    now = 1999;
    expect(balancer.pick({ tried })).toBeUndefined();
    now = 2000;
    expect(balancer.pick({ tried })).toBe(a);
  });

  it('lets another trial follow one of which nothing is heard', () => {
    const balancer = balancerOf(a);
    fail(balancer, 3);
    now = 1000;
    balancer.pick({ tried });
    now = 2000;
    expect(balancer.pick({ tried })).toBe(a);
  });

  it('stays open, and no longer than it was to, whatever exchanges from before report', () => {
    const balancer = balancerOf(a);
    fail(balancer, 3);
    now = 500;
    balancer.succeeded(a);
    balancer.failed(a);
    expect(balancer.pick({ tried })).toBeUndefined();
    now = 1000;
    expect(balancer.pick({ tried })).toBe(a);
  });

  it('leaves the other candidates alone', () => {
    const b = { id: 'b', weight: 1 };
    const balancer = balancerOf(a, b);
    fail(balancer, 3);
    expect([1, 2, 3].map(() => balancer.pick({ tried }))).toEqual([b, b, b]);
  });

  it('is remembered by a balancer made later under the same key, also what is reported afterwards', () => {
    now = 0;
    const options = { key: 'plugin', circuits, now: () => now };
    const before = balancers.create('round-robin', [a], options);
    fail(before, 2);
    const after = balancers.create('round-robin', [{ id: 'a', weight: 5 }], options);
    before.failed(a);
    before.release();
    expect(after.pick({ tried })).toBeUndefined();
    after.release();
    const fresh = balancers.create('round-robin', [a], options);
    expect(fresh.pick({ tried })).toBe(a);
    fresh.release();
  });

  it('is shown for the balancers that have a key, once it has been needed', () => {
    now = 0;
    const b = { id: 'b', weight: 1 };
    const balancer = balancers.create('round-robin', [a, b], { key: 'listed', circuits, now: () => now });
    expect([...balancers.circuits()]).toEqual([]);
    fail(balancer, 3);
    expect([...balancers.circuits()]).toEqual([{ balancer: 'listed', candidate: 'a', state: 'open' }]);
    balancer.release();
    expect([...balancers.circuits()]).toEqual([]);
  });
});
