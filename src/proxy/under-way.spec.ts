import { describe, expect, it } from '@jest/globals';
import { type Listed, UnderWay } from './under-way.js';

const members = (count: number): Listed[] => Array.from({ length: count }, () => ({ place: -1 }));

describe('what is under way', () => {
  it('is what was added and not taken out, whatever the order', () => {
    const underWay = new UnderWay();
    const [a, b, c, d] = members(4) as [Listed, Listed, Listed, Listed];
    for (const member of [a, b, c, d]) underWay.add(member);

    expect(underWay.delete(b)).toBe(true);
    expect(underWay.delete(d)).toBe(true);

    expect(new Set(underWay)).toEqual(new Set([a, c]));
    expect(underWay.size).toBe(2);
  });

  it('loses a member once', () => {
    const underWay = new UnderWay();
    const [only] = members(1) as [Listed];
    underWay.add(only);
    expect([underWay.delete(only), underWay.delete(only), underWay.size]).toEqual([true, false, 0]);
  });
});
