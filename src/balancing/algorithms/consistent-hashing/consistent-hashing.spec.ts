import { describe, expect, it } from '@jest/globals';
import type { Candidate } from '../../algorithm.js';
import { Balancers } from '../../balancer.js';
import { xxh32 } from '../../xxh32.js';
import { ConsistentHashingAlgorithm } from './consistent-hashing.algorithm.js';

const balancers = new Balancers([['consistent-hashing', new ConsistentHashingAlgorithm()]]);
const none: ReadonlySet<Candidate> = new Set();
const address = (id: string, weight = 100): Candidate => ({ id, weight });
const keys = Array.from({ length: 4000 }, (_, index) => `session-${index}`);

describe('consistent-hashing', () => {
  const owners = (candidates: Candidate[], slots?: number) => {
    const balancer = balancers.create('consistent-hashing', candidates, { slots });
    return keys.map((hashKey) => balancer.pick({ hashKey, tried: none })?.id);
  };
  const share = (ids: (string | undefined)[], id: string) => ids.filter((one) => one === id).length / ids.length;

  it('sends equal keys to the same candidate', () => {
    const candidates = [address('10.0.0.1::80'), address('10.0.0.2::80'), address('10.0.0.3::80')];
    expect(owners(candidates)).toEqual(owners(candidates));
    expect(owners([...candidates].reverse())).toEqual(owners(candidates));
  });

  it('gives candidates keys by their weight', () => {
    const even = owners([address('a'), address('b'), address('c'), address('d')]);
    for (const id of ['a', 'b', 'c', 'd']) expect(share(even, id)).toBeCloseTo(0.25, 0.05);
    const uneven = owners([address('a', 300), address('b', 100)]);
    expect(share(uneven, 'a')).toBeGreaterThan(0.65);
    expect(share(uneven, 'a')).toBeLessThan(0.85);
  });

  it('moves only the keys of a candidate that goes', () => {
    const before = owners([address('a'), address('b'), address('c'), address('d')]);
    const balancer = balancers.create('consistent-hashing', [address('a'), address('b'), address('c'), address('d')], {
      isUsable: ({ id }) => id !== 'd',
    });
    keys.forEach((hashKey, index) => {
      const now = balancer.pick({ hashKey, tried: none })?.id;
      if (before[index] === 'd') expect(now).not.toBe('d');
      else expect(now).toBe(before[index]);
    });
  });

  it('goes on round the ring when a request comes back', () => {
    const balancer = balancers.create('consistent-hashing', [address('a'), address('b'), address('c')]);
    const tried = new Set<Candidate>();
    for (let attempt = 0; attempt < 3; attempt++) {
      const candidate = balancer.pick({ hashKey: 'x', tried });
      expect(candidate).toBeDefined();
      tried.add(candidate as Candidate);
    }
    expect(tried.size).toBe(3);
    expect(balancer.pick({ hashKey: 'x', tried })).toBeDefined();
  });

  it('sends requests without a key where the empty key goes', () => {
    const balancer = balancers.create('consistent-hashing', [address('a'), address('b'), address('c')]);
    expect(balancer.pick({ tried: none })).toBe(balancer.pick({ hashKey: '', tried: none }));
  });

  it('has a place for every candidate, however many there are for the ring', () => {
    const many = Array.from({ length: 900 }, (_, index) => address(`host-${index}`, index === 0 ? 65535 : 1));
    const balancer = balancers.create('consistent-hashing', many, { slots: 10 });
    expect(balancer.pick({ hashKey: 'x', tried: none })).toBeDefined();
    expect(
      balancers.create('consistent-hashing', many, { isUsable: () => false }).pick({ tried: none }),
    ).toBeUndefined();
    expect(balancers.create('consistent-hashing', []).pick({ tried: none })).toBeUndefined();
  });

  it.each([
    ['', 0x02cc5d05],
    ['a', 0x550d7456],
    ['abc', 0x32d153ff],
    ['Nobody inspects the spammish repetition', 0xe2293b2f],
  ])('hashes %j as xxHash does', (text, hash) => {
    expect(xxh32(text)).toBe(hash);
  });
});
