import { describe, expect, it } from '@jest/globals';
import { HeaderList } from '../pdk/header-list.js';
import { giveCookie, proxiedResponseHeaders } from './response-head.js';

describe("an upstream's header on its way to the client", () => {
  it.each([
    [
      ['X-A', '1'],
      ['X-A', '1'],
    ],
    [
      ['Content-Type', 'text/html'],
      ['Content-Type', 'text/html; charset=UTF-8'],
    ],
    [
      ['Content-Type', 'TEXT/Plain'],
      ['Content-Type', 'TEXT/Plain; charset=UTF-8'],
    ],
    [
      ['Content-Type', 'text/html; charset=ascii'],
      ['Content-Type', 'text/html; charset=ascii'],
    ],
    [
      ['Content-Type', 'text/plain; foo=bar'],
      ['Content-Type', 'text/plain; foo=bar'],
    ],
    [
      ['Content-Type', 'text/css'],
      ['Content-Type', 'text/css'],
    ],
    [['Content-Type', ''], []],
    [['X-Accel-Buffering', 'no'], []],
    [['X-Accel-Redirect', '/k'], []],
    [
      ['X-Accel-Other', '1'],
      ['X-Accel-Other', '1'],
    ],
    [['X-Pad', '1'], []],
    [['Keep-Alive', 'timeout=3'], []],
    [
      ['Connection', 'X-A', 'X-A', '1', 'X-B', '2'],
      ['X-B', '2'],
    ],
  ])('%j becomes %j', (sent, passed) => {
    expect(proxiedResponseHeaders(sent).toFlat()).toEqual(passed);
  });
});

describe('a cookie of the gateway', () => {
  it.each([
    [[], ['who=me; Path=/']],
    [['other=1'], ['other=1', 'who=me; Path=/']],
    [
      ['other=1', 'who=you', 'whose=3'],
      ['other=1', 'who=me; Path=/', 'whose=3'],
    ],
  ])('beside %j makes %j', (sent, given) => {
    const headers = HeaderList.fromFlat(sent.flatMap((cookie) => ['Set-Cookie', cookie]));
    giveCookie(headers, 'who=me; Path=/');
    expect(headers.getAll('set-cookie')).toEqual(given);
  });
});
