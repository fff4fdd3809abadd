import { describe, expect, it } from '@jest/globals';
import { bytes } from '../entities/units.js';
import { BodyGarbage } from './garbage.js';

const MEGABYTE = 1024 * 1024;

describe('the buffers of bodies that have passed', () => {
  it('are looked for in the young generation alone, once for every 16 MB received or sent', () => {
    const looks: unknown[] = [];
    const garbage = new BodyGarbage((options) => looks.push(options));

    garbage.add(bytes(10 * MEGABYTE), bytes(5 * MEGABYTE));
    expect(looks).toEqual([]);

    garbage.add(bytes(0), bytes(MEGABYTE));
    expect(looks).toEqual([{ type: 'minor' }]);

    for (let request = 0; request < 40; request++) garbage.add(bytes(MEGABYTE), bytes(0));
    expect(looks).toEqual(Array(3).fill({ type: 'minor' }));
  });
});
