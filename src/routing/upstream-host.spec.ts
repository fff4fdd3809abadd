import { describe, expect, it } from '@jest/globals';
import { upstreamHost } from './upstream-host.js';

describe('the Host sent upstream', () => {
  it.each([
    ['http', 'a.test', 80, 'a.test'],
    ['http', 'a.test', 8080, 'a.test:8080'],
    ['http', 'a.test', 443, 'a.test:443'],
    ['https', 'a.test', 443, 'a.test'],
    ['https', 'a.test', 80, 'a.test:80'],
    ['grpc', 'a.test', 80, 'a.test'],
    ['grpcs', 'a.test', 443, 'a.test'],
    ['http', '::1', 8080, '[::1]:8080'],
    ['http', '[::1]', 80, '[::1]'],
  ])('%s://%s port %d: %s', (protocol, host, port, expected) => {
    expect(upstreamHost(false, 'client.test', { protocol, host, port })).toBe(expected);
  });

  it("is the client's own, port included, where the Route preserves it", () => {
    expect(upstreamHost(true, 'Client.test:8000', { protocol: 'http', host: 'a.test', port: 80 })).toBe(
      'Client.test:8000',
    );
  });

  it('is the address where there is none to preserve', () => {
    expect(upstreamHost(true, '', { protocol: 'http', host: 'a.test', port: 80 })).toBe('a.test');
  });
});
