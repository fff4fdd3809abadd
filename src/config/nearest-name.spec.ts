import { describe, expect, it } from '@jest/globals';
import { nearestName } from './nearest-name.js';

const KNOWN = ['hosts', 'paths', 'methods', 'strip_path', 'path_handling'];

describe('the nearest name', () => {
  it.each([
    ['hots', 'hosts'],
    ['host', 'hosts'],
    ['Paths', 'paths'],
    ['path', 'paths'],
    ['strip_paths', 'strip_path'],
    ['strippath', 'strip_path'],
    ['pathhandling', 'path_handling'],
  ])('to %s is %s', (name, nearest) => {
    expect(nearestName(name, KNOWN)).toBe(nearest);
  });

  it.each(['x', 'retries', 'protocols', ''])('to %j is none', (name) => {
    expect(nearestName(name, KNOWN)).toBeUndefined();
  });
});
