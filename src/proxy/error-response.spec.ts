import { describe, expect, it } from '@jest/globals';
import { HeaderList } from '../pdk/header-list.js';
import { type ErrorOrigin, errorAnswer } from './error-response.js';

const answerFor = (headers: string[], origin: ErrorOrigin = 'gateway', defaultType = 'text/plain') =>
  errorAnswer(404, 'no Route matched with those values', 'abc', origin, HeaderList.fromFlat(headers), defaultType);

describe('the form of an error (recordings core_no_route_accept_*)', () => {
  it.each([
    [['Accept', 'text/html'], 'text/html; charset=utf-8'],
    [['Accept', 'application/xml'], 'application/xml; charset=utf-8'],
    [['Accept', 'text/plain;q=0.5, application/json'], 'application/json; charset=utf-8'],
    [['Accept', 'text/*'], 'text/plain; charset=utf-8'],
    [['Accept', 'image/png'], 'application/json; charset=utf-8'],
    [['Accept', '*/*'], 'application/json; charset=utf-8'],
    [['Accept', 'constructor'], 'application/json; charset=utf-8'],
    [['Accept', '__proto__'], 'application/json; charset=utf-8'],
    [[], 'application/json; charset=utf-8'],
  ])('for %j is %s', (headers, type) => {
    expect(answerFor(headers).contentType).toBe(type);
  });

  it('falls back to the request’s Content-Type, then to the setting, for errors of the proxy core', () => {
    expect(answerFor(['Content-Type', 'application/json'], 'core').contentType).toMatch('application/json');
    expect(answerFor([], 'core').contentType).toMatch('text/plain');
    expect(answerFor([], 'core', 'text/html').contentType).toMatch('text/html');
  });

  it('has Kong’s bodies to the byte', () => {
    expect(answerFor([]).body.toString()).toBe(
      '{\n  "message":"no Route matched with those values",\n  "request_id":"abc"\n}',
    );
    expect(answerFor(['Accept', 'text/plain']).body.toString()).toBe(
      'no Route matched with those values\nrequest_id: abc\n',
    );
  });

  it('answers gRPC in headers', () => {
    const { headers, body } = answerFor(['Content-Type', 'application/grpc']);
    expect(Object.fromEntries(headers)).toEqual({
      'grpc-status': '5',
      'grpc-message': 'no Route matched with those values',
    });
    expect(body).toHaveLength(0);
  });
});
