import { describe, expect, it } from '@jest/globals';
import { plainHost } from './plain-host.js';

describe("nginx's $host", () => {
  it.each([
    ['a.test', 'a.test'],
    ['A.Test', 'a.test'],
    ['a.test:80', 'a.test'],
    ['a.test:', 'a.test'],
    ['a.test:http', 'a.test'],
    ['a.test:80:90', 'a.test'],
    ['a.test.', 'a.test'],
    ['a.test.:80', 'a.test'],
    ['.a.test', '.a.test'],
    ['[::1]', '[::1]'],
    ['[FE80::1]:80', '[fe80::1]'],
    ['[::1', '[::1'],
    ['[::1]x', '[::1]'],
    ['a_b', 'a_b'],
    ['a@b', 'a@b'],
    ['a\\b', 'a\\b'],
    ['', undefined],
    [':80', undefined],
    ['::1', undefined],
    ['.', undefined],
    ['..', undefined],
    ['a..test', undefined],
    ['a/b', undefined],
    ['a b', undefined],
    ['a\x7f', undefined],
  ])('of %j is %j', (host, name) => {
    expect(plainHost(host)).toBe(name);
  });
});
