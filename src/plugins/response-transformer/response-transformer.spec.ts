import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { prepared, TransformerDesk } from '../../../test/kong-compat/transformer-desk.js';
import { recordSchema } from '../../entities/record-schema.js';
import { HeaderList } from '../../pdk/header-list.js';
import { ResponseTransformerConfig } from './response-transformer.config.js';
import { ResponseTransformerPlugin } from './response-transformer.plugin.js';

let desk: TransformerDesk;
beforeAll(async () => {
  desk = await TransformerDesk.open();
});
afterAll(() => desk.close());

interface Upstream {
  readonly headers: readonly string[];
  readonly body?: string | readonly Buffer[];
}

interface Seen {
  readonly headers: Record<string, string | string[]>;
  /** What went to the client, piece by piece; empty pieces are none. */
  readonly pieces: readonly Buffer[];
  readonly body: string;
  readonly inflating: boolean;
}

/** What the client gets of a response. */
function answered(config: object, { headers, body = '' }: Upstream): Promise<Seen> {
  const plugin = new ResponseTransformerPlugin();
  const configuration = prepared(plugin, ResponseTransformerConfig, config) as never;
  const chunks = typeof body === 'string' ? [Buffer.from(body)] : body;
  return desk.receive({ method: 'GET', path: '/', headers: {} }, (request) => {
    request.responseHeaders = HeaderList.fromFlat(headers);
    plugin.headerFilter(request, configuration);
    const pieces = [
      ...chunks.map((chunk) => plugin.bodyFilter(request, chunk, false, configuration)),
      plugin.bodyFilter(request, Buffer.alloc(0), true, configuration),
    ].filter(({ length }) => length > 0);
    return {
      headers: request.responseHeaders.toObject(),
      pieces,
      body: Buffer.concat(pieces).toString(),
      inflating: request.inflating,
    };
  });
}

const JSON_HEADERS = ['Content-Type', 'application/json', 'Content-Length', '85'];
const BODY = '{"hello":"world","n":1,"nested":{"a":1},"list":[1,2],"remove_me":"x","rename_me":"y"}';

describe('response-transformer changes headers as Kong did', () => {
  it('in the order remove, rename, replace, add, append', async () => {
    // Recorded from Kong 3.9.3.
    const { headers, body } = await answered(
      {
        remove: { headers: ['x-upstream'] },
        rename: { headers: ['server:x-srv'] },
        replace: { headers: ['content-type:application/x-new', 'x-none:1'] },
        add: { headers: ['x-added:1', 'server:ignored'] },
        append: { headers: ['x-app:1', 'x-app:2'] },
      },
      { headers: [...JSON_HEADERS, 'Server', 'fake-upstream/1.0', 'X-Upstream', 'yes'], body: BODY },
    );

    expect(headers).toEqual({
      'content-type': 'application/x-new',
      'content-length': '85',
      'x-srv': 'fake-upstream/1.0',
      'x-added': '1',
      'x-app': ['1', '2'],
    });
    expect(body).toBe(BODY);
  });

  it('with all values of a repeated one', async () => {
    const { headers } = await answered(
      { rename: { headers: ['x-m:x-n'] }, replace: { headers: ['x-r:one'] }, append: { headers: ['x-a:3'] } },
      { headers: ['X-M', '1', 'X-M', '2', 'X-R', '1', 'X-R', '2', 'X-A', '1', 'X-A', '2'] },
    );

    expect(headers).toEqual({ 'x-n': ['1', '2'], 'x-r': 'one', 'x-a': ['1', '2', '3'] });
  });

  it('taking values as they stand', async () => {
    const { headers } = await answered(
      { add: { headers: ['x-t:$(headers.x)', 'x-u:a:b', 'x-empty:'] } },
      { headers: [] },
    );

    expect(headers).toEqual({ 'x-t': '$(headers.x)', 'x-u': 'a:b' });
  });
});

describe('response-transformer changes JSON as Kong did', () => {
  it('in the order remove, rename, replace, add, append', async () => {
    // Recorded from Kong 3.9.3.
    const { headers, body } = await answered(
      {
        remove: { json: ['remove_me', 'nested.a'] },
        rename: { json: ['rename_me:renamed'] },
        replace: { json: ['hello:earth', 'nope:1'] },
        add: { json: ['added:v', 'num:5', 'hello:ignored'], json_types: ['string', 'number', 'string'] },
        append: { json: ['list:3', 'newl:1'] },
      },
      { headers: JSON_HEADERS, body: BODY },
    );

    expect(JSON.parse(body)).toEqual({
      num: 5,
      newl: ['1'],
      added: 'v',
      list: [1, 2, '3'],
      n: 1,
      nested: { a: 1 },
      renamed: 'y',
      hello: 'earth',
    });
    expect(headers).toEqual({ 'content-type': 'application/json' });
  });

  it('taking false for absent, except to rename it', async () => {
    const { body } = await answered(
      { rename: { json: ['a:b', 'none:nil'] }, replace: { json: ['f:1'] }, add: { json: ['g:1'] } },
      { headers: JSON_HEADERS, body: '{"a":false,"f":false,"g":false,"none":null}' },
    );

    expect(JSON.parse(body)).toEqual({ b: false, f: false, g: '1', nil: null });
  });

  it('with typed values, leaving out what is not of its type', async () => {
    const types = ['number', 'number', 'boolean', 'boolean', 'string'];
    const json = ['a:1.5', 'b:x', 'c:true', 'd:1', 'e:true'];

    expect(
      JSON.parse((await answered({ add: { json, json_types: types } }, { headers: JSON_HEADERS, body: '{}' })).body),
    ).toEqual({ a: 1.5, c: true, d: false, e: 'true' });
  });
});

describe('a JSON body', () => {
  const config = { add: { json: ['added:1'] } };

  it('is whole before it is changed, however it is cut', async () => {
    const bytes = Buffer.from('{"é":"ü","big":12345678901234567890}');
    for (let cut = 0; cut <= bytes.length; cut++) {
      const { pieces, body } = await answered(config, {
        headers: JSON_HEADERS,
        body: [bytes.subarray(0, cut), bytes.subarray(cut)],
      });

      expect(pieces).toHaveLength(1);
      expect(body).toBe('{"é":"ü","big":12345678901234567890,"added":"1"}');
    }
  });

  it('is inflated first', async () => {
    const { inflating } = await answered(config, {
      headers: [...JSON_HEADERS, 'Content-Encoding', 'gzip'],
      body: '{}',
    });

    expect(inflating).toBe(true);
  });

  it.each(['{"a":', '[1]', '5', 'text'])('that is no JSON object stays as it is: %s', async (body) => {
    expect((await answered(config, { headers: JSON_HEADERS, body })).body).toBe(body);
  });

  it('that does not come stays away', async () => {
    expect((await answered(config, { headers: JSON_HEADERS })).pieces).toEqual([]);
  });

  it('that is longer than is held in memory passes as it is', async () => {
    const part = Buffer.alloc(12 * 1024 ** 2, 'x');
    const { pieces } = await answered(config, { headers: JSON_HEADERS, body: [part, part, part, part] });

    expect(pieces.map(({ length }) => length)).toEqual([3 * part.length, part.length]);
  });

  it.each([
    ['application/json; charset=utf-8', true],
    ['APPLICATION/JSON', true],
    ['text/plain, application/json', true],
    ['application/problem+json', true],
    ['application/jsonl', false],
    ['text/html; charset=UTF-8', false],
    ['text/event-stream', false],
  ])('is what %s is: %s', async (contentType, isJson) => {
    const headers = ['Content-Type', contentType, 'Content-Length', '2'];
    const seen = await answered(config, { headers, body: [Buffer.from('{'), Buffer.from('}')] });

    expect(seen.pieces).toHaveLength(isJson ? 1 : 2);
    expect(seen.body).toBe(isJson ? '{"added":"1"}' : '{}');
    expect('content-length' in seen.headers).toBe(!isJson);
  });
});

it.each([
  [{ add: { json: ['x'] } }, { add: { json: ['invalid value: x'] } }],
  [{ rename: { headers: ['a:b c'] } }, { rename: { headers: ["'b c' is not a valid header"] } }],
  [{ append: { json_types: ['int'] } }, { append: { json_types: ['expected one of: boolean, number, string'] } }],
  [{ remove: { json_types: [] } }, { remove: { json_types: 'unknown field' } }],
])('response-transformer refuses %j', (config, error) => {
  expect(recordSchema(ResponseTransformerConfig).check(config).error).toEqual(error);
});
