import { describe, expect, it } from '@jest/globals';
import { isForAnotherSite, isPublicName } from './browser-request.js';

describe('a request to the Admin API', () => {
  it.each([
    [{ host: '10.0.0.5:8001' }, false],
    [{ host: '10.0.0.5:8001', origin: 'http://10.0.0.5:8002' }, false],
    [{ host: '[::1]:8001', origin: 'http://[::1]:8002' }, false],
    [{ host: 'Kong.lan:8001', origin: 'http://kong.lan' }, false],
    [{ host: 'kong.lan:8001', origin: 'http://evil.test' }, true],
    [{ host: '10.0.0.5:8001', origin: 'null' }, true],
    [{ origin: 'http://evil.test' }, true],
    [{ host: 'localhost:8001', origin: 'http://localhost:8002', 'sec-fetch-site': 'same-site' }, false],
    [{ host: 'api.kong.lan', origin: 'http://manager.kong.lan', 'sec-fetch-site': 'same-site' }, false],
    [{ host: 'localhost:8001', 'sec-fetch-site': 'cross-site' }, true],
    [{ host: 'localhost:8001', 'sec-fetch-site': 'none' }, false],
  ])('with %j is for another site: %s', (headers, expected) => {
    expect(isForAnotherSite(headers)).toBe(expected);
  });

  it.each([
    ['localhost:8001', false],
    ['127.0.0.1:8001', false],
    ['[::1]:8001', false],
    ['::1', false],
    ['kong:8001', false],
    ['kong.localhost', false],
    ['host.docker.internal:8001', false],
    ['my-laptop.local:8001', false],
    ['', false],
    ['evil.example.com:8001', true],
    ['evil.com.', true],
    ['localhost.evil.com', true],
    ['127.0.0.1.evil.com', true],
    ['notlocal.evil', true],
  ])('to %j has a name that a stranger can have: %s', (host, expected) => {
    expect(isPublicName(host)).toBe(expected);
  });
});
