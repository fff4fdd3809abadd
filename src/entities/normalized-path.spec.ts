import { describe, expect, it } from '@jest/globals';
import { byteString } from './byte-string.js';
import { normalizedPath } from './normalized-path.js';

describe('the normalized path', () => {
  it.each([
    ['/', '/'],
    ['', ''],
    ['*', '*'],
    ['/plain/path', '/plain/path'],
    ['/a.b/c..d', '/a.b/c..d'],
    ['/a//b', '/a/b'],
    ['//', '/'],
    ['///a///', '/a/'],
    ['/a/./b', '/a/b'],
    ['/a/../b', '/b'],
    ['/a/b/..', '/a/'],
    ['/a/b/.', '/a/b/'],
    ['/a/b/../', '/a/'],
    ['/..', '/'],
    ['/../../a', '/a'],
    ['/a//../b', '/b'],
    ['/...', '/...'],
    ['/.hidden', '/.hidden'],
    ['/%2e%2E/a', '/a'],
    ['/a/%2e%2e/b', '/b'],
    ['/%41%7ea', '/A~a'],
    ['/a%2fb', '/a%2Fb'],
    ['/a%2Fb', '/a%2Fb'],
    [
      '/%21%2a%27%28%29%3b%3a%40%26%3d%2b%24%2c%2f%3f%25%23%5b%5d',
      '/%21%2A%27%28%29%3B%3A%40%26%3D%2B%24%2C%2F%3F%25%23%5B%5D',
    ],
    ['/%2525', '/%2525'],
    ['/%252e%252e/a', '/%252e%252e/a'],
    ['/a%20b', '/a b'],
    ['/%zz%4', '/%zz%4'],
    ['/%0d%0a', '/\r\n'],
  ])('of %j is %j', (path, expected) => {
    expect(normalizedPath(path)).toBe(expected);
  });

  it('holds bytes, so that an encoded letter equals the same letter as it came', () => {
    expect(normalizedPath('/h%C3%A9llo')).toBe(byteString('/héllo'));
    expect(normalizedPath(byteString('/héllo'))).toBe(byteString('/héllo'));
  });

  it('stays what it is when it is normalized again', () => {
    for (const path of ['/a b', '/%2F', byteString('/é'), '/a/', '/%252e']) {
      expect(normalizedPath(normalizedPath(path))).toBe(normalizedPath(path));
    }
  });
});
