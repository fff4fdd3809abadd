import { describe, expect, it } from '@jest/globals';
import { HeaderList } from '../pdk/header-list.js';
import { type ErrorOrigin, errorAnswer } from './error-response.js';

const answerFor = (headers: string[], origin: ErrorOrigin = 'gateway', defaultType = 'text/plain', isHttp2 = false) =>
  errorAnswer(
    404,
    'no Route matched with those values',
    'abc',
    origin,
    { headers: HeaderList.fromFlat(headers), isHttp2 },
    { defaultType },
  );

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
    [['Accept', 'text/plain;q=0.5', 'Accept', 'text/html;q=0.9'], 'text/html; charset=utf-8'],
    [['Accept', 'text/html;q=0.9;level=1, text/plain;level=1;q=0.8'], 'text/html; charset=utf-8'],
    [['Accept', 'text/plain;q=0, text/html;q=0.001'], 'text/html; charset=utf-8'],
    [['Accept', 'text/plain;q=.1, text/html;q=0.9'], 'text/plain; charset=utf-8'],
    [['Accept', 'text/html, text/plain;q=2'], 'text/html; charset=utf-8'],
    [['Accept', 'Text/HTML'], 'application/json; charset=utf-8'],
    [['Accept', 'text/html/x'], 'text/html; charset=utf-8'],
    [['Accept', 'text, html, text/plain'], 'text/plain; charset=utf-8'],
    [['Accept', 'application/vnd.x+json, text/html;q=0.9'], 'application/json; charset=utf-8'],
    [['Accept', '*/html'], 'application/json; charset=utf-8'],
    [['Accept', 'application/grpc'], ''],
    [['Content-Type', 'application/grpc'], 'application/json; charset=utf-8'],
  ])('for %j is %s', (headers, type) => {
    expect(answerFor(headers).contentType).toBe(type);
  });

  it('falls back to the request’s Content-Type, then to the setting, for errors of the proxy core', () => {
    expect(answerFor(['Content-Type', 'application/json'], 'core').contentType).toMatch('application/json');
    expect(answerFor([], 'core').contentType).toMatch('text/plain');
    expect(answerFor([], 'core', 'text/html').contentType).toMatch('text/html');
    expect(answerFor(['Content-Type', 'text/plain;q=0'], 'core').contentType).toMatch('application/json');
    expect(answerFor(['Accept', 'text/html', 'Accept', 'application/json'], 'core').contentType).toMatch('text/html');
  });

  it('has Kong’s bodies to the byte', () => {
    expect(answerFor([]).body.toString()).toBe(
      '{\n  "message":"no Route matched with those values",\n  "request_id":"abc"\n}',
    );
    expect(answerFor(['Accept', 'text/plain']).body.toString()).toBe(
      'no Route matched with those values\nrequest_id: abc\n',
    );
  });

  it.each([['Accept'], ['Content-Type']])(
    'names the error in JSON to who says gRPC in %s and speaks it not',
    (name) => {
      const { contentType, body } = answerFor([name, 'application/grpc+proto'], 'core');
      expect(contentType).toBe('application/json; charset=utf-8');
      expect(body.toString()).toBe('{"message":"no Route matched with those values"}');
    },
  );

  it.each([
    ['application/json', '{"m":"%s","id":"%s","share":"100%%"}', '{"m":"say \\"no\\"","id":"abc","share":"100%"}'],
    ['text/html', '<p>%s</p>', '<p>say "no"</p>'],
    ['text/plain', 'sorry', 'sorry'],
  ])('has the words of a template for %s', (accept, template, body) => {
    const reader = { headers: HeaderList.fromFlat(['Accept', accept]), isHttp2: false };
    const templates = { json: template, html: template, plain: template };
    const answer = errorAnswer(404, 'say "no"', 'abc', 'gateway', reader, { defaultType: 'text/plain', templates });
    expect(answer.contentType).toBe(`${accept}; charset=utf-8`);
    expect(answer.body.toString()).toBe(body);
  });

  it('answers gRPC in headers', () => {
    const { headers, body } = answerFor(['Content-Type', 'application/grpc'], 'gateway', 'text/plain', true);
    expect(Object.fromEntries(headers)).toEqual({
      'grpc-status': '5',
      'grpc-message': 'no Route matched with those values',
    });
    expect(body).toHaveLength(0);
  });
});
