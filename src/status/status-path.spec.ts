import { describe, expect, it } from '@jest/globals';
import { isStatusPath } from './status-path.js';

describe('The port of the Status API', () => {
  it.each(['/status', '/status?unit=k', '/status/ready', '/health', '/metrics', '/metrics?x', '/upstreams/up/health'])(
    'lets %s through',
    (path) => expect(isStatusPath(path)).toBe(true),
  );

  it.each([
    '/',
    '/services',
    '/config',
    '/statuses',
    '/metrics/x',
    '/healthy',
    '/upstreams',
    '/upstreams/u/targets/t/healthy',
    '/services?/status',
  ])('keeps %s to the Admin API', (path) => expect(isStatusPath(path)).toBe(false));
});
