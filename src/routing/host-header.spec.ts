import { describe, expect, it } from '@jest/globals';
import { hostName, hostPort } from './host-header.js';

describe('a Host header', () => {
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
    expect(hostName(host)).toBe(name);
    expect(hostPort(host)).toBe(port);
  });
});
