import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bytes } from '../entities/units.js';
import { BodyGarbage } from './garbage.js';

const MEGABYTE = 1024 * 1024;

describe('the buffers of bodies that have passed', () => {
  /** Collections that somebody asked for, by kind. */
  let asked: number[];
  let observer: PerformanceObserver;

  beforeEach(() => {
    asked = [];
    observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { kind = 0, flags = 0 } = (entry as { detail?: { kind?: number; flags?: number } }).detail ?? {};
        if (flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) asked.push(kind);
      }
    });
    observer.observe({ entryTypes: ['gc'] });
  });
  afterEach(() => observer.disconnect());

  it('are looked for in the young generation alone, once for every 16 MB received or sent', async () => {
    const garbage = new BodyGarbage();
    garbage.add(bytes(10 * MEGABYTE), bytes(5 * MEGABYTE));
    await pause(20);
    expect(asked).toEqual([]);

    garbage.add(bytes(0), bytes(MEGABYTE));
    await pause(20);
    expect(asked).toEqual([constants.NODE_PERFORMANCE_GC_MINOR]);

    for (let request = 0; request < 40; request++) garbage.add(bytes(MEGABYTE), bytes(0));
    await pause(20);
    expect(asked).toEqual(Array(3).fill(constants.NODE_PERFORMANCE_GC_MINOR));
  });
});
