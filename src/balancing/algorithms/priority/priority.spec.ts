import { describe, expect, it } from '@jest/globals';
import type { Candidate } from '../../algorithm.js';
import { Balancers } from '../../balancer.js';
import { PriorityAlgorithm } from './priority.algorithm.js';

const balancers = new Balancers([['priority', new PriorityAlgorithm()]]);
const none: ReadonlySet<Candidate> = new Set();

describe('priority', () => {
  const first = { id: 'first', weight: 100 };
  const alsoFirst = { id: 'also first', weight: 100 };
  const last = { id: 'last', weight: 1 };
  const all = [last, first, alsoFirst];

  it('lets the candidates of the highest weight take turns', () => {
    const balancer = balancers.create('priority', all);
    const ids = Array.from({ length: 4 }, () => balancer.pick({ tried: none })?.id);
    expect(new Set(ids.slice(0, 2))).toEqual(new Set(['also first', 'first']));
    expect(ids.slice(2)).toEqual(ids.slice(0, 2));
  });

  it('goes to the next weight when the highest has been tried', () => {
    const balancer = balancers.create('priority', all);
    expect([first, alsoFirst]).toContain(balancer.pick({ tried: none }));
    expect(balancer.pick({ tried: new Set([first]) })).toBe(alsoFirst);
    expect(balancer.pick({ tried: new Set([first, alsoFirst]) })).toBe(last);
  });

  it('goes to the next weight when the highest cannot be used', () => {
    const balancer = balancers.create('priority', all, { isUsable: ({ weight }) => weight < 100 });
    expect(balancer.pick({ tried: none })).toBe(last);
  });

  it('ends when everybody has been tried', () => {
    expect(balancers.create('priority', all).pick({ tried: new Set(all) })).toBeUndefined();
  });
});
