import { describe, expect, it } from '@jest/globals';
import { isRefusedPath } from './refused-path.js';

describe('a path that is refused before routing', () => {
  it.each([
    '/%zz',
    '/a%',
    '/a%4',
    '/a%00b',
    '/..',
    '/../a',
    '/a/../../b',
    '/%2e%2e/a',
    '/a/..%2f..%2fb',
    '/./../a',
    '//../a',
  ])('%j', (path) => {
    expect(isRefusedPath(path)).toBe(true);
  });
});

describe('a path that is not', () => {
  it.each(['/', '*', '/a/../b', '/a/..', '/a//..', '/...', '/a..', '/%25zz', '/%2e', '/a/%2e%2e/b', '/%3F'])(
    '%j',
    (path) => {
      expect(isRefusedPath(path)).toBe(false);
    },
  );
});
