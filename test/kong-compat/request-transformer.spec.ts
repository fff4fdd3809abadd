import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Route } from '../../src/entities/route.js';
import type { HeaderList } from '../../src/pdk/header-list.js';
import { RequestTransformerConfig } from '../../src/plugins/request-transformer/request-transformer.config.js';
import { RequestTransformerPlugin } from '../../src/plugins/request-transformer/request-transformer.plugin.js';
import { type ClientRequest, type Outcome, prepared, settings, TransformerDesk } from './transformer-desk.js';

/** What is told of the request sent upstream; what is not told does not matter. */
interface Expected {
  readonly method: string;
  readonly path: string;
  readonly host?: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly absent_headers?: readonly string[];
  readonly body_json?: unknown;
  readonly body_text?: string;
  /** Pairs in any order. */
  readonly body_form?: readonly string[];
  /** Parts of a multipart body. */
  readonly body_fields?: Readonly<Record<string, string>>;
  readonly body_unchanged?: boolean;
}

interface TransformerCase {
  readonly id: string;
  readonly name: string;
  readonly route: Partial<Omit<Route, 'service'>>;
  readonly service_path?: string;
  readonly config: object;
  readonly shared?: Readonly<Record<string, unknown>>;
  readonly request: ClientRequest;
  readonly upstream: Expected | null;
  readonly response?: { readonly status: number };
}

const casesOf = (file: string) =>
  (
    JSON.parse(readFileSync(new URL(`./fixtures/transformers/${file}.json`, import.meta.url), 'utf8')) as {
      cases: TransformerCase[];
    }
  ).cases;

const plugin = new RequestTransformerPlugin(settings());
let desk: TransformerDesk;
beforeAll(async () => {
  desk = await TransformerDesk.open();
});
afterAll(() => desk.close());

describe.each(['request-cases', 'request-recordings', 'request-branches'])(
  'request-transformer does what Kong did (%s)',
  (file) => {
    it.each(casesOf(file))('$id $name', async (one) => {
      const { route, service_path, config, request, shared, upstream, response } = one;
      const service = { host: 'upstream.test', ...(service_path !== undefined && { path: service_path }) };
      const configuration = prepared(plugin, RequestTransformerConfig, config);
      const outcome = await desk.transformed(plugin, configuration, { ...route, service }, request, shared);

      if (upstream === null) expect(outcome).toMatchObject({ kind: 'answered', status: response?.status });
      else expect(await seen(outcome, upstream, request)).toEqual(expected(upstream));
    });
  },
);

/** Of the outcome, what the case tells about. */
async function seen(outcome: Outcome, upstream: Expected, { body: original = '' }: ClientRequest): Promise<unknown> {
  if (outcome.kind === 'answered') return outcome;
  const { method, path, host, headers } = outcome;
  const body = outcome.body.toString();
  return {
    method,
    path,
    ...(upstream.host !== undefined && { host }),
    headers: Object.fromEntries(Object.keys(upstream.headers).map((name) => [name, valuesOf(headers, name)])),
    absent: (upstream.absent_headers ?? []).filter((name) => !headers.has(name)),
    ...(upstream.body_json !== undefined && { body: JSON.parse(body) as unknown }),
    ...(upstream.body_text !== undefined && { body }),
    ...(upstream.body_form && { body: body.split('&').sort() }),
    ...(upstream.body_fields && { body: await fieldsOf(body, headers) }),
    ...(upstream.body_unchanged && { body: body === original }),
  };
}

function expected(upstream: Expected): unknown {
  const { method, path, host, headers, absent_headers = [], body_json, body_text, body_form, body_fields } = upstream;
  return {
    method,
    path,
    ...(host !== undefined && { host }),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, tableless([value].flat())])),
    absent: absent_headers,
    ...(body_json !== undefined && { body: body_json }),
    ...(body_text !== undefined && { body: body_text }),
    ...(body_form && { body: body_form }),
    ...(body_fields && { body: body_fields }),
    ...(upstream.body_unchanged && { body: true }),
  };
}

const valuesOf = (headers: HeaderList, name: string) => tableless(headers.getAll(name));

/** The text of a table names its address. */
const tableless = (values: readonly string[]) => values.map((value) => value.replace(/table: 0x[0-9a-f]+/, 'table: …'));

/** The parts, read by another's parser. */
async function fieldsOf(body: string, headers: HeaderList): Promise<unknown> {
  const form = await new Response(body, { headers: { 'content-type': headers.get('content-type') ?? '' } }).formData();
  return Object.fromEntries(form);
}
