import { describe, expect, it } from '@jest/globals';
import type { Candidate } from '../../algorithm.js';
import { Balancers } from '../../balancer.js';
import { RoundRobinAlgorithm } from './round-robin.algorithm.js';

const balancers = new Balancers([['round-robin', new RoundRobinAlgorithm()]]);
const none: ReadonlySet<Candidate> = new Set();

describe('round-robin', () => {
  const picks = (count: number, candidates: Candidate[], isUsable?: (candidate: Candidate) => boolean) => {
    const balancer = balancers.create('round-robin', candidates, { isUsable });
    return Array.from({ length: count }, () => balancer.pick({ tried: none })?.id ?? 'nobody');
  };
  const counted = (ids: string[]) =>
    Object.fromEntries([...new Set(ids)].sort().map((id) => [id, ids.filter((one) => one === id).length]));

  it('gives each candidate exactly its share over one turn of the wheel', () => {
    const candidates = [
      { id: 'a', weight: 100 },
      { id: 'b', weight: 200 },
      { id: 'c', weight: 300 },
    ];
    expect(counted(picks(6, candidates))).toEqual({ a: 1, b: 2, c: 3 });
    expect(counted(picks(600, candidates))).toEqual({ a: 100, b: 200, c: 300 });
  });

  it('spreads the share of a heavy candidate over the turn instead of sending one burst', () => {
    const order = picks(20, [
      { id: 'a', weight: 10 },
      { id: 'b', weight: 10 },
    ]);
    const [first, second] = picks(2, [
      { id: 'a', weight: 1 },
      { id: 'b', weight: 1 },
    ]);
    expect(first).not.toBe(second);
    expect(order.slice(0, 2)).toEqual([first, second]);
    const mixed = picks(40, [
      { id: 'a', weight: 17 },
      { id: 'b', weight: 23 },
    ]).join('');
    expect(mixed).not.toMatch(/a{9}|b{12}/);
  });

  it('goes round in the same order in every gateway', () => {
    const candidates = Array.from({ length: 5 }, (_, index) => ({ id: String(index), weight: index + 1 }));
    expect(picks(15, candidates)).toEqual(picks(15, candidates));
  });

  it('never picks a candidate of weight 0, nor one that cannot be used', () => {
    const candidates = [
      { id: 'a', weight: 0 },
      { id: 'b', weight: 1 },
      { id: 'c', weight: 1 },
    ];
    expect(new Set(picks(10, candidates))).toEqual(new Set(['b', 'c']));
    expect(new Set(picks(10, candidates, ({ id }) => id !== 'b'))).toEqual(new Set(['c']));
    expect(picks(1, candidates, () => false)).toEqual(['nobody']);
    expect(picks(1, [])).toEqual(['nobody']);
  });

  it('goes on where the balancer before it stopped', () => {
    const candidates = ['a', 'b', 'c'].map((id) => ({ id, weight: 1 }));
    const whole = picks(3, candidates);
    const first = balancers.create('round-robin', candidates, { key: 'up' });
    const begun = [first.pick({ tried: none })?.id];
    const second = balancers.create('round-robin', candidates, { key: 'up' });
    first.release();
    begun.push(second.pick({ tried: none })?.id, second.pick({ tried: none })?.id);
    second.release();
    expect(begun).toEqual(whole);
  });
});
