import { describe, expect, it } from '@jest/globals';
import { absoluteTarget, originForm } from './request-target.js';

describe('an absolute target', () => {
  it.each([
    ['http://b.test/k?x', 'b.test', '/k?x'],
    ['HTTP://B.test:81/k', 'B.test:81', '/k'],
    ['ftp://b.test/k', 'b.test', '/k'],
    ['http://b.test', 'b.test', '/'],
    ['http://b.test?x', 'b.test', '/?x'],
    ['http://b.test:/k', 'b.test:', '/k'],
    ['http://[::1]:81/k', '[::1]:81', '/k'],
  ])('%s names the host %s and asks for %s', (target, authority, path) => {
    expect(absoluteTarget(target)?.authority).toBe(authority);
    expect(originForm(target)).toBe(path);
  });

  it.each(['/k', '*', 'k', '?x', 'http:/k', 'http:///k', 'http://u@b.test/k', 'http://b.test:x/k', 'http://b_c/k'])(
    'is not %s',
    (target) => {
      expect(absoluteTarget(target)).toBeUndefined();
      expect(originForm(target)).toBe(target);
    },
  );
});
