import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ClientRequest,
  type Outcome,
  prepared,
  settings,
  TransformerDesk,
} from '../../../test/kong-compat/transformer-desk.js';
import { recordSchema } from '../../entities/record-schema.js';
import { LONGEST_BODY } from '../../transforming/request-transformation.js';
import { RequestTransformerConfig } from './request-transformer.config.js';
import { RequestTransformerPlugin } from './request-transformer.plugin.js';

let desk: TransformerDesk;
beforeAll(async () => {
  desk = await TransformerDesk.open();
});
afterAll(() => desk.close());

const ROUTE = { paths: ['/r'], service: { host: 'upstream.test' } };

function transformed(config: object, asked: Partial<ClientRequest>, plugin = new RequestTransformerPlugin(settings())) {
  const request = { method: 'POST', path: '/r', headers: {}, ...asked };
  return desk.transformed(plugin, prepared(plugin, RequestTransformerConfig, config), ROUTE, request);
}

/** What went upstream; a request that was answered instead fails the test. */
async function sent(config: object, asked: Partial<ClientRequest>): Promise<Extract<Outcome, { kind: 'sent' }>> {
  const outcome = await transformed(config, asked);
  if (outcome.kind === 'answered') throw new Error(`answered ${outcome.status}: ${outcome.why}`);
  return outcome;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };

describe('request-transformer refuses a configuration in Kong’s words', () => {
  it.each([
    [{ add: { headers: ['x'] } }, { add: { headers: ['invalid value: x'] } }],
    [{ add: { headers: ['x y:1'] } }, { add: { headers: ["'x y' is not a valid header"] } }],
    [{ remove: { headers: ['x y'] } }, { remove: { headers: ["'x y' is not a valid header"] } }],
    [{ rename: { headers: ['x-a:x b'] } }, { rename: { headers: ["'x b' is not a valid header"] } }],
    [{ rename: { headers: ['x-a:$(headers.x)'] } }, { rename: { headers: ["'$(headers.x)' is not a valid header"] } }],
    [{ add: { body: ['ok:1', 'n'] } }, { add: { body: [null, "key 'n' has no value"] } }],
    [{ append: { querystring: ['q:'] } }, { append: { querystring: ["key 'q' has no value"] } }],
    [
      { replace: { body: ['a:$(x = 1)'] } },
      {
        replace: {
          body: [`value '$(x = 1)' is not in supported format, error:[string "TMP"]:1: ')' expected near '='`],
        },
      },
    ],
    [{ http_method: 'get' }, { http_method: 'invalid value: get' }],
    [{ dots_in_keys: true }, { dots_in_keys: 'unknown field' }],
    [{ add: { json_types: ['number'] } }, { add: { json_types: 'unknown field' } }],
    [{ remove: { body: [''] } }, { remove: { body: ['length must be at least 1'] } }],
  ])('%j', (config, error) => {
    expect(recordSchema(RequestTransformerConfig).check(config).error).toEqual(error);
  });

  it('and takes header values that only fail when they are used', () => {
    expect(
      recordSchema(RequestTransformerConfig).check({ add: { headers: ['x:$(x = 1)', 'y:'] } }).error,
    ).toBeUndefined();
  });
});

describe('request-transformer', () => {
  it('leaves a request without rules as it is', async () => {
    const body = '{ "a": 1.50 }';

    expect(await sent({}, { path: '/r/x?b=1&a', headers: JSON_TYPE, body })).toMatchObject({
      method: 'POST',
      path: '/x?b=1&a',
      body: Buffer.from(body),
      host: undefined,
    });
  });

  it('keeps every byte of a JSON body that it does not change', async () => {
    const body = '{"id":12345678901234567890, "price": 1.10,\n "text":"\\u00e9 é", "model":"old" }';
    const { body: upstream } = await sent({ replace: { body: ['model:new'] } }, { headers: JSON_TYPE, body });

    expect(upstream.toString()).toBe('{"id":12345678901234567890, "price": 1.10,\n "text":"\\u00e9 é","model":"new"}');
  });

  it('writes what is not ASCII as UTF-8 everywhere', async () => {
    const config = {
      replace: { uri: '/é' },
      add: { headers: ['x-n:é'], querystring: ['é:ü'], body: ['é:ü'] },
    };
    const { path, headers, body } = await sent(config, { headers: JSON_TYPE, body: '{}' });

    expect(path).toBe('/%C3%A9?%C3%A9=%C3%BC');
    expect(Buffer.from(headers.get('x-n') as string, 'latin1').toString()).toBe('é');
    expect(body.toString()).toBe('{"é":"ü"}');
  });

  it('passes bytes of headers on that are no text', async () => {
    const { headers, path } = await sent(
      { add: { headers: ['x-copy:$(headers["x-raw"])'], querystring: ['q:$(headers["x-raw"])'] } },
      { headers: { 'x-raw': Buffer.from([0xe9, 0xff]).toString('latin1') } },
    );

    expect(headers.get('x-copy')).toBe('\xe9\xff');
    expect(path).toBe('/?q=%E9%FF');
  });

  it('lets no client put lines into a header', async () => {
    const { headers } = await sent(
      { add: { headers: ['x-q:$(query_params.q)'] } },
      { path: '/r?q=a%0D%0AX-Evil:%201%00' },
    );

    expect(headers.get('x-q')).toBe('a%0D%0AX-Evil: 1%00');
  });

  it('moves a form into the query string for a method without a body, beside what is there', async () => {
    const outcome = await sent(
      { http_method: 'GET', add: { querystring: ['c:3'] } },
      { path: '/r?b=1&a', headers: FORM_TYPE, body: 'b=2&d=x+y' },
    );

    expect(outcome).toMatchObject({ method: 'GET', path: '/?a&b=1&b=2&c=3&d=x%20y', body: Buffer.from('b=2&d=x+y') });
  });

  it('sets the Host of what goes upstream, and no other rule touches it', async () => {
    expect(await sent({ replace: { headers: ['Host:api.test'] } }, {})).toMatchObject({ host: 'api.test' });
    const { host, headers } = await sent(
      { remove: { headers: ['host'] }, add: { headers: ['host:a'] }, append: { headers: ['host:b'] } },
      { headers: { host: 'client.test' } },
    );
    expect([host, headers.getAll('host')]).toEqual([undefined, ['client.test']]);
  });

  it('looks at the Content-Type that its own rules made', async () => {
    const config = { replace: { headers: ['content-type:application/json'] }, add: { body: ['a:1'] } };

    expect((await sent(config, { headers: { 'content-type': 'text/plain' }, body: '{}' })).body.toString()).toBe(
      '{"a":"1"}',
    );
  });

  it.each(['[1,2]', '"text"', '5', 'null', '{"a":', '{"a":1}x', '\ufeff{}'])(
    'passes a body on that is no JSON object: %s',
    async (body) => {
      const config = { remove: { body: ['a'] }, add: { body: ['n:1'] }, append: { body: ['l:1'] } };

      expect((await sent(config, { headers: JSON_TYPE, body })).body.toString()).toBe(body);
    },
  );

  it('appends to whatever a member is', async () => {
    const body = '{"text":"a","list":[1],"empty":[],"object":{"x":1},"number":5,"yes":true,"no":false,"none":null}';
    const names = ['text', 'list', 'empty', 'object', 'number', 'yes', 'no', 'none', 'new'];
    const { body: upstream } = await sent(
      { append: { body: names.map((name) => `${name}:v`) } },
      { headers: JSON_TYPE, body },
    );

    expect(JSON.parse(upstream.toString())).toEqual({
      text: ['a', 'v'],
      list: [1, 'v'],
      empty: ['v'],
      object: { x: 1, '1': 'v' },
      number: ['v'],
      yes: ['v'],
      no: ['v'],
      none: ['v'],
      new: ['v'],
    });
  });

  it('changes nothing of a request when one of its templates fails', async () => {
    const plugin = new RequestTransformerPlugin(settings());
    const config = { remove: { headers: ['x-a'] }, add: { headers: ['x-b:1', 'x-c:$(nil .. "x")'] } };
    const configuration = prepared(plugin, RequestTransformerConfig, config);
    const headers = await desk.receive({ method: 'GET', path: '/r', headers: { 'x-a': '1' } }, async (request) => {
      expect(() => plugin.access(request, configuration as never)).toThrow('attempt to concatenate a nil value');
      return request.headers.toObject();
    });

    expect(headers).toMatchObject({ 'x-a': '1' });
    expect(headers).not.toHaveProperty('x-b');
  });

  it('answers 500 for a path that is none', async () => {
    expect(await transformed({ replace: { uri: 'replaced' } }, {})).toMatchObject({ kind: 'answered', status: 500 });
  });

  it.each(['CONNECT', 'BREW'])('answers 500 for a method that cannot be sent upstream: %s', async (method) => {
    expect(await transformed({ http_method: method }, {})).toMatchObject({ kind: 'answered', status: 500 });
    expect(await sent({ http_method: 'PROPFIND' }, {})).toMatchObject({ method: 'PROPFIND' });
  });

  it('renders no template when untrusted_lua is off', async () => {
    const plugin = new RequestTransformerPlugin(settings({ untrustedLua: 'off' }));
    const config = (value: string) => ({ add: { headers: [`x:${value}`] } });

    expect(await transformed(config('plain'), {}, plugin)).toMatchObject({ kind: 'sent' });
    expect(await transformed(config('$(headers.y)'), {}, plugin)).toMatchObject({
      kind: 'answered',
      status: 500,
      why: expect.stringContaining('untrusted_lua'),
    });
  });

  describe('with a body longer than it rewrites', () => {
    const config = { add: { body: ['a:1'] } };

    it('passes it on untouched when its length is announced', async () => {
      const body = Buffer.alloc(LONGEST_BODY + 1, ' ');
      const outcome = await sent(config, { headers: JSON_TYPE, body });

      expect(outcome.body.equals(body)).toBe(true);
    });

    it('answers 413 when it only turns out while it is read', async () => {
      const headers = { ...JSON_TYPE, 'transfer-encoding': 'chunked' };

      expect(await transformed(config, { headers, body: Buffer.alloc(LONGEST_BODY + 1, ' ') })).toMatchObject({
        kind: 'answered',
        status: 413,
      });
    });

    it('rewrites one just as long as that', async () => {
      const body = Buffer.concat([Buffer.from('{'), Buffer.alloc(LONGEST_BODY - 2, ' '), Buffer.from('}')]);

      expect((await sent(config, { headers: JSON_TYPE, body })).body.length).toBe('{"a":"1"}'.length);
    });
  });
});
