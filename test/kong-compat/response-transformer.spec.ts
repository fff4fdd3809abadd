import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HeaderList } from '../../src/pdk/header-list.js';
import { ResponseTransformerConfig } from '../../src/plugins/response-transformer/response-transformer.config.js';
import { ResponseTransformerPlugin } from '../../src/plugins/response-transformer/response-transformer.plugin.js';
import { prepared, TransformerDesk } from './transformer-desk.js';

type Headers = Readonly<Record<string, string | string[]>>;

interface ResponseCase {
  readonly id: string;
  readonly name: string;
  readonly config: object;
  /** What the upstream answered. */
  readonly response: { readonly headers: Headers; readonly body: string };
  /** What the client got. */
  readonly client: { readonly headers: Headers; readonly body_json?: unknown; readonly body_unchanged?: boolean };
}

const { cases } = JSON.parse(
  readFileSync(new URL('./fixtures/transformers/response-branches.json', import.meta.url), 'utf8'),
) as { cases: ResponseCase[] };

const plugin = new ResponseTransformerPlugin();
let desk: TransformerDesk;
beforeAll(async () => {
  desk = await TransformerDesk.open();
});
afterAll(() => desk.close());

describe('response-transformer does what Kong’s code did', () => {
  it.each(cases)('$id $name', async ({ config, response, client }) => {
    const configuration = prepared(plugin, ResponseTransformerConfig, config) as never;
    const seen = await desk.receive({ method: 'GET', path: '/', headers: {} }, (request) => {
      request.responseHeaders = HeaderList.fromFlat(flatOf(response.headers));
      plugin.headerFilter(request, configuration);
      const body = Buffer.concat([
        plugin.bodyFilter(request, Buffer.from(response.body), false, configuration),
        plugin.bodyFilter(request, Buffer.alloc(0), true, configuration),
      ]).toString();
      const { 'content-length': _, ...headers } = request.responseHeaders.toObject();
      return { headers, body };
    });

    expect(seen.headers).toEqual(client.headers);
    if ('body_json' in client) expect(JSON.parse(seen.body)).toEqual(client.body_json);
    if (client.body_unchanged) expect(seen.body).toBe(response.body);
  });
});

function flatOf(headers: Headers): string[] {
  return Object.entries(headers).flatMap(([name, value]) => [value].flat().flatMap((one) => [name, one]));
}
