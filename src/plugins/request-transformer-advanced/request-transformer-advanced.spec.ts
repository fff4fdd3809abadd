import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { prepared, settings, TransformerDesk } from '../../../test/kong-compat/transformer-desk.js';
import { recordSchema } from '../../entities/record-schema.js';
import { RequestTransformerAdvancedConfig } from './request-transformer-advanced.config.js';
import { RequestTransformerAdvancedPlugin } from './request-transformer-advanced.plugin.js';

let desk: TransformerDesk;
beforeAll(async () => {
  desk = await TransformerDesk.open();
});
afterAll(() => desk.close());

const plugin = new RequestTransformerAdvancedPlugin(settings());

/** The body that goes upstream. */
async function upstreamBody(config: object, body: string, contentType = 'application/json'): Promise<string> {
  const outcome = await desk.transformed(
    plugin,
    prepared(plugin, RequestTransformerAdvancedConfig, config),
    { paths: ['/r'], service: { host: 'upstream.test' } },
    { method: 'POST', path: '/r?id=7', headers: { 'content-type': contentType }, body },
  );
  if (outcome.kind === 'answered') throw new Error(`answered ${outcome.status}: ${outcome.why}`);
  return outcome.body.toString();
}

const json = async (config: object, body: unknown) =>
  JSON.parse(await upstreamBody(config, JSON.stringify(body))) as unknown;

describe('request-transformer-advanced', () => {
  it('gives values the types that stand beside them', async () => {
    const config = {
      add: {
        body: ['n:0.5', 'yes:true', 'no:anything', 'text:5', 'wrong:no number', 'untyped:7'],
        json_types: ['number', 'boolean', 'boolean', 'string', 'number'],
      },
      replace: { body: ['old:2'], json_types: ['number'] },
      append: { body: ['list:3'], json_types: ['number'] },
    };

    expect(await json(config, { old: 1, list: [1, 2] })).toEqual({
      old: 2,
      list: [1, 2, 3],
      n: 0.5,
      yes: true,
      no: false,
      text: '5',
      untyped: '7',
    });
  });

  it('keeps every digit of a typed number', async () => {
    expect(await upstreamBody({ add: { body: ['n:12345678901234567890'], json_types: ['number'] } }, '{}')).toBe(
      '{"n":12345678901234567890}',
    );
  });

  it('leaves only what is allowed, added parameters included', async () => {
    const config = { allow: { body: ['a', 'id'] }, add: { body: ['id:$(query_params.id)', 'b:1'] } };

    expect(await json(config, { a: 1, c: 2 })).toEqual({ a: 1, id: '7' });
    expect(await upstreamBody(config, 'a=1&c=2', 'application/x-www-form-urlencoded')).toBe('a=1&id=7');
    expect(await json({ allow: { body: ['a'] } }, { a: 1, c: 2 })).toEqual({ a: 1 });
    expect(await json({ allow: { body: [] } }, { a: 1, c: 2 })).toEqual({ a: 1, c: 2 });
  });

  it('takes a dot for a part of a name unless told otherwise', async () => {
    const rules = { remove: { body: ['a.b'] }, add: { body: ['c.d:1'] } };
    const body = { a: { b: 1 }, 'a.b': 2 };

    expect(await json(rules, body)).toEqual({ a: { b: 1 }, 'c.d': '1' });
    expect(await json({ ...rules, dots_in_keys: false }, body)).toEqual({ a: {}, 'a.b': 2, c: { d: '1' } });
  });

  it.each(['application/json', 'application/scim+json; charset=utf-8', 'application/problem+json'])(
    'takes %s for JSON',
    async (contentType) => {
      expect(await upstreamBody({ add: { body: ['a:1'] } }, '{}', contentType)).toBe('{"a":"1"}');
    },
  );

  it.each(['text/plain', 'application/x+jsonish', 'image/svg+xml'])('leaves %s alone', async (contentType) => {
    expect(await upstreamBody({ add: { body: ['a:1'] } }, '{}', contentType)).toBe('{}');
  });
});

describe('its configuration', () => {
  const check = (config: object) => recordSchema(RequestTransformerAdvancedConfig).check(config);

  it.each([
    [{ add: { json_types: ['integer'] } }, { add: { json_types: ['expected one of: boolean, number, string'] } }],
    [{ add: { body: ['x'] } }, { add: { body: ["key 'x' has no value"] } }],
    [{ replace: { headers: ['x y:1'] } }, { replace: { headers: ["'x y' is not a valid header"] } }],
    [{ rename: { json_types: [] } }, { rename: { json_types: 'unknown field' } }],
  ])('refuses %j', (config, error) => {
    expect(check(config).error).toEqual(error);
  });

  it('takes an entry out of a vault', () => {
    expect(check({ add: { headers: ['{vault://env/team-header}'] } }).error).toBeUndefined();
  });
});
