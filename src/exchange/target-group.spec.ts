import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AskOptions, aiPlugins, CHAT, ExchangeDesk, HELLO, RESPONSES } from '../../test/support/ai-exchange.js';

let desk: ExchangeDesk;
let plugins: Awaited<ReturnType<typeof aiPlugins>>;

beforeAll(async () => {
  desk = await ExchangeDesk.open();
  plugins = await aiPlugins();
});
afterAll(() => desk.close());

const advanced = (targets: object[], more: object = {}) => plugins.aiProxyAdvanced({ targets, ...more });
const askResponses = (options: AskOptions, more: object = {}) => desk.ask(advanced([RESPONSES], more), options);

it('a plugin without targets says so once, and to every request that nothing is there', async () => {
  const warnings: string[] = [];
  const group = plugins.aiProxyAdvanced({ targets: [] }, { warn: (message) => void warnings.push(message) });
  const { refusal } = await desk.ask(group, { body: HELLO });
  expect([refusal?.status, refusal?.json?.error?.message]).toEqual([500, expect.stringContaining('no target')]);
  expect(warnings).toEqual(['targets is empty, so every request is refused']);
});

describe('a request of Codex', () => {
  it.each(['/codex', '/codex/', '/codex/responses', '/codex//responses', '/codex/v1/responses', '/codex/v1'])(
    'goes to the model from %s',
    async (path) => {
      const { order, headers } = await (await askResponses({ path, body: HELLO })).order();
      expect(order.path).toBe('/v1/responses');
      expect(order.address).toEqual({
        scheme: 'https',
        ip: '192.0.2.7',
        port: 443,
        tls: { servername: 'api.openai.com', verify: true },
      });
      expect(headers).toMatchObject({
        host: 'api.openai.com',
        authorization: 'Bearer sk-gateway',
        'accept-encoding': 'identity',
      });
    },
  );

  it('goes upstream byte for byte', async () => {
    const body =
      '{ "model":"gpt-4o",\n"input":[{"role":"user","content":"\\u00fc \\/"}], "stream" : true, "store":false }';
    const asked = await askResponses({ path: '/codex/responses', body });
    const { order } = await asked.order();
    expect(order.body).toBe(asked.request.body.bytes);
    expect((order.body as Buffer).toString()).toBe(body);
  });

  it.each([
    ['GET', '/codex/responses/resp_1?include[]=a', '/v1/responses/resp_1?include[]=a'],
    ['DELETE', '/codex/v1/responses/resp_1', '/v1/responses/resp_1'],
    ['GET', '/codex/responses/resp_1/input_items', '/v1/responses/resp_1/input_items'],
    ['POST', '/codex/responses/resp_1/cancel', '/v1/responses/resp_1/cancel'],
    ['GET', '/codex/resp_1', '/v1/responses/resp_1'],
  ])('about a resource keeps its path: %s %s', async (method, path, expected) => {
    const asked = await askResponses({ method, path });
    const { order } = await asked.order();
    expect([order.method, order.path, order.body]).toEqual([method, expected, null]);
    asked.answer({
      headers: { 'Content-Type': 'application/json' },
      pieces: ['{"id":"resp_1","usage":{"input_tokens":9}}'],
    });
    // The usage in such an answer is that of an earlier request.
    expect(Object.keys(asked.logged.ai?.proxy ?? {})).toEqual(['tried_targets']);
  });

  it.each([
    ['GET', '/codex/responses/resp_1', '/v1/responses/resp_1'],
    ['DELETE', '/codex/responses/resp_1', '/v1/responses/resp_1'],
    ['POST', '/codex/responses/resp_1/cancel', '/v1/responses/resp_1/cancel'],
    ['POST', '/codex/responses/compact', '/v1/responses/compact'],
    ['POST', '/codex/v1/responses/input_tokens', '/v1/responses/input_tokens'],
    ['POST', '/codex/responses/whatever', '/v1/responses'],
  ])('keeps its meaning although a request-transformer empties its path: %s %s', async (method, path, expected) => {
    const body = method === 'POST' && !path.endsWith('/cancel') ? HELLO : undefined;
    const asked = await askResponses({ method, path, upstreamPath: '/', body });
    expect((await asked.order()).order.path).toBe(expected);
  });

  it.each(['/codex/responses/%2e%2e/files', '/codex/responses/..%2Ffiles', '/codex/responses/resp_1/a;b'])(
    'reaches no other address with the key of the gateway: %s',
    async (path) => {
      expect((await askResponses({ method: 'GET', path })).refusal?.status).toBe(405);
      expect((await (await askResponses({ path, body: HELLO })).order()).order.path).toBe('/v1/responses');
    },
  );

  it('compacts a conversation with the model that is configured', async () => {
    const group = advanced([{ ...RESPONSES, model: { provider: 'openai', name: 'gpt-5', model_alias: 'gpt-4o' } }]);
    const asked = await desk.ask(group, { path: '/codex/responses/compact', body: { model: 'gpt-4o', input: [] } });
    const { order, json } = await asked.order();
    expect([order.path, json]).toEqual(['/v1/responses/compact', { model: 'gpt-5', input: [] }]);
  });

  it('for a WebSocket is told at once to use HTTP', async () => {
    const headers = { connection: 'Upgrade', upgrade: 'websocket' };
    const asked = await askResponses({ method: 'GET', path: '/codex/responses', headers });
    expect(asked.refusal?.status).toBe(426);
  });

  it.each(['/codex/models?client_version=0.169.0', '/codex/v1/models', '/codex/models/'])(
    'for the models is answered without asking anybody: %s',
    async (path) => {
      const group = advanced([{ ...CHAT, model: { provider: 'openai', name: 'gpt-4o' } }]);
      const { refusal } = await desk.ask(group, { method: 'GET', path, upstreamPath: '/' });
      expect(refusal?.status).toBe(200);
      expect(refusal?.json).toMatchObject({
        models: [],
        data: [{ id: 'gpt-4o', object: 'model', owned_by: 'openai' }],
      });
    },
  );

  it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS'])(
    'with %s and no resource is refused, but not as a bad request',
    async (method) => {
      const { refusal } = await askResponses({ method, path: '/codex/responses' });
      expect(refusal).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    },
  );

  it.each([
    ['zstd', zstdCompressSync],
    ['gzip', gzipSync],
  ])('compressed with %s goes upstream plain', async (coding, compress) => {
    const body = compress(Buffer.from(JSON.stringify(HELLO)));
    const asked = await askResponses({ body, headers: { 'content-encoding': coding } });
    const { json, headers } = await asked.order();
    expect(json).toEqual(HELLO);
    expect(headers['content-encoding']).toBeUndefined();
  });

  it('keeps the headers Codex needs and loses the account that goes with the key it replaces', async () => {
    const headers = {
      authorization: 'Bearer jwt',
      session_id: 's',
      'x-codex-turn-state': 't',
      'openai-organization': 'org-client',
      'openai-project': 'proj-client',
      'chatgpt-account-id': 'acct',
    };
    const { headers: sent } = await (await askResponses({ body: HELLO, headers })).order();
    expect(sent).toMatchObject({ authorization: 'Bearer sk-gateway', session_id: 's', 'x-codex-turn-state': 't' });
    expect(Object.keys(sent)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^openai-|^chatgpt-/)]));
  });

  it('carries the organisation an earlier plugin set', async () => {
    const asked = await askResponses({
      body: HELLO,
      headers: { 'openai-organization': 'org-client' },
      before: ({ headers }) => headers.set('openai-organization', 'org-gateway'),
    });
    expect((await asked.order()).headers['openai-organization']).toBe('org-gateway');
  });
});

describe('the limit on a body', () => {
  const body = JSON.stringify({ model: 'gpt-4o', input: 'x'.repeat(1000) });
  const coded = zstdCompressSync(Buffer.from(body));

  it.each([
    ['its own size', body.length, body, {}],
    ['no limit', 0, body, {}],
    ['its inflated size', body.length, coded, { 'content-encoding': 'zstd' }],
  ])('lets a body pass that is just inside: %s', async (_, limit, sent, headers) => {
    const asked = await askResponses({ body: sent, headers }, { max_request_body_size: limit });
    expect(asked.refusal).toBeUndefined();
  });

  it.each([
    ['plain', body, {}],
    ['compressed', coded, { 'content-encoding': 'zstd' }],
  ])('refuses a body that is just outside, in the words Kong has for it: %s', async (_, sent, headers) => {
    const { refusal } = await askResponses({ body: sent, headers }, { max_request_body_size: body.length - 1 });
    expect(refusal).toMatchObject({
      status: 400,
      json: { error: { message: "request body doesn't contain valid prompts" } },
    });
  });

  it.each([
    ['a coding nobody knows', 'lzma'],
    ['a broken coding', 'gzip'],
  ])('is no reason to fail at %s', async (_, coding) => {
    const { refusal } = await askResponses({ body: 'garbage', headers: { 'content-encoding': coding } });
    expect(refusal?.status).toBe(400);
  });
});

describe('what is not built', () => {
  it.each([
    [{ ...CHAT, model: { provider: 'bedrock' } }, {}, "provider 'bedrock' is not built yet; built: openai"],
    [
      { ...CHAT, route_type: 'llm/v1/files' },
      {},
      "route_type 'llm/v1/files' with llm_format 'openai' is not built yet; built: llm/v1/chat, llm/v1/responses",
    ],
    [CHAT, { llm_format: 'anthropic' }, "llm_format 'anthropic' is not built yet; built: openai"],
    [
      CHAT,
      { balancer: { tokens_count_strategy: 'llm-accuracy', algorithm: 'lowest-usage' } },
      "balancer.tokens_count_strategy 'llm-accuracy' is not built yet",
    ],
  ])('is refused by name', (target, more, message) => {
    expect(() => advanced([target], more)).toThrow(message);
  });
});
