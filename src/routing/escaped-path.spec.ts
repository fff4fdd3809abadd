import { describe, expect, it } from '@jest/globals';
import { byteString } from '../entities/byte-string.js';
import { escapedPath } from './escaped-path.js';

describe('an escaped path', () => {
  it('keeps every character that may stand in a request line', () => {
    const safe = "/AZaz09-_.~!#$&'()*+,/:;=?@[]%2F%";
    expect(escapedPath(safe)).toBe(safe);
  });

  it.each([
    ['/a b', '/a%20b'],
    ['/"<>\\^`{|}', '/%22%3C%3E%5C%5E%60%7B%7C%7D'],
    ['/\r\n\0\x7f', '/%0D%0A%00%7F'],
    [byteString('/é'), '/%C3%A9'],
  ])('of %j is %j', (path, expected) => {
    expect(escapedPath(path)).toBe(expected);
  });
});
