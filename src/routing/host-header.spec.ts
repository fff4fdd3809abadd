import { describe, expect, it } from '@jest/globals';
import { hostParts } from './host-header.js';

describe('a Host header in flavor traditional', () => {
  it.each([
    ['a.test', 'a.test', undefined],
    ['a.test:8000', 'a.test', 8000],
    ['a.test:', 'a.test', undefined],
    ['a.test:http', 'a.test:http', undefined],
    ['*.a.test:80', '*.a.test', 80],
    ['[::1]', '::1', undefined],
    ['[::1]:8000', '::1', 8000],
    ['::1', '::1', undefined],
    ['[::1', '[::1', undefined],
    ['[]:80', '', 80],
    [':80', '', 80],
    ['', '', undefined],
  ])('%j names %j, port %j', (host, name, port) => {
    expect(hostParts(host, 'traditional')).toEqual({ name, port });
  });
});

describe('a Host header in the other flavors', () => {
  it.each([
    ['a.test', 'a.test', undefined],
    ['a.test:8000', 'a.test', 8000],
    ['a.test:08000', 'a.test', 8000],
    ['a.test:0x1f40', 'a.test', 8000],
    ['a.test:', 'a.test:', undefined],
    ['a.test:http', 'a.test:http', undefined],
    ['a.test:80:90', 'a.test:80:90', undefined],
    ['*.a.test:80', '*.a.test', 80],
    ['[::1]', '[::1]', undefined],
    ['[::1]:8000', '[::1]:8000', undefined],
    ['', '', undefined],
  ])('%j names %j, port %j', (host, name, port) => {
    expect(hostParts(host, 'traditional_compatible')).toEqual({ name, port });
  });
});
