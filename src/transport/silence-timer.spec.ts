import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { milliseconds } from '../entities/units.js';
import { SilenceTimer } from './silence-timer.js';

describe('a silence timer', () => {
  let fired: number[];
  let waitsAgain: boolean;
  let timer: SilenceTimer;
  let begun: number;

  beforeEach(() => {
    jest.useFakeTimers();
    begun = performance.now();
    fired = [];
    waitsAgain = false;
    timer = new SilenceTimer({
      fellSilent: () => {
        fired.push(performance.now() - begun);
        return waitsAgain;
      },
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  it('tells of a silence once, when it has lasted', () => {
    timer.start(milliseconds(100));
    jest.advanceTimersByTime(1000);
    expect(fired).toEqual([100]);
  });

  it('counts from the last event', () => {
    timer.start(milliseconds(100));
    jest.advanceTimersByTime(60);
    timer.touch();
    jest.advanceTimersByTime(1000);
    expect(fired).toEqual([160]);
  });

  it.each([
    ['longer', 100, 300, 350],
    ['shorter', 300, 100, 150],
  ])('waits as long as a new limit says that is %s', (_, limit, newLimit, silentAt) => {
    timer.start(milliseconds(limit));
    jest.advanceTimersByTime(50);
    timer.start(milliseconds(newLimit));
    jest.advanceTimersByTime(1000);
    expect(fired).toEqual([silentAt]);
  });

  it('leaves its timer alone while that fires early enough', () => {
    const timers = jest.spyOn(globalThis, 'setTimeout');
    timer.start(milliseconds(100));
    timer.start(milliseconds(300));
    timer.start(milliseconds(300));
    expect(timers).toHaveBeenCalledTimes(1);
  });

  it('waits as long again when asked to', () => {
    waitsAgain = true;
    timer.start(milliseconds(100));
    jest.advanceTimersByTime(250);
    expect(fired).toEqual([100, 200]);
  });

  it('tells nothing once it is stopped, and can be started anew', () => {
    timer.start(milliseconds(100));
    timer.stop();
    jest.advanceTimersByTime(500);
    expect(fired).toEqual([]);
    timer.start(milliseconds(100));
    jest.advanceTimersByTime(500);
    expect(fired).toEqual([600]);
  });
});
