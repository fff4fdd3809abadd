import { describe, expect, it } from '@jest/globals';
import { routePath } from './field-types.js';

describe("a Route's path", () => {
  it.each(['/', '/a', '/a/b/', '/a b', '/héllo', '/a.b', '/%2F', '/a%25', '~/users/\\d+', '~/(?<id>[^/]+)$', '~/'])(
    'may be %j',
    (path) => {
      expect(routePath(path)).toBeUndefined();
    },
  );

  it.each([
    ['a', 'should start with: / (fixed path) or ~/ (regex path)'],
    ['~a', 'should start with: / (fixed path) or ~/ (regex path)'],
    ['~~/a', 'should start with: / (fixed path) or ~/ (regex path)'],
    ['/a//b', 'must not have empty segments'],
    ['~/a//b', 'must not have empty segments'],
    ['/a%2w', "invalid url-encoded value: '%2w'"],
    ['/a%', "invalid url-encoded value: '%'"],
    ['/a/../b', "non-normalized path, consider use '/b' instead"],
    ['/a%2fb', "non-normalized path, consider use '/a%2Fb' instead"],
    ['/h%C3%A9llo', "non-normalized path, consider use '/héllo' instead"],
    ['/%41', "non-normalized path, consider use '/A' instead"],
    [
      '~/users/(foo/profile',
      `invalid regex: '/users/(foo/profile' (PCRE returned: pcre2_compile() failed: missing closing parenthesis in "/users/(foo/profile")`,
    ],
    ['~/(a)\\1', "invalid regex: '/(a)\\1' (back-references are not supported)"],
  ])('may not be %j', (path, problem) => {
    expect(routePath(path)).toBe(problem);
  });
});
