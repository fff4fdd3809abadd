import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Asked, type AskOptions, aiPlugins, ExchangeDesk } from '../../test/support/ai-exchange.js';

const KEY = { header_name: 'Authorization', header_value: 'Bearer sk-gateway' };
const RESPONSES = {
  route_type: 'llm/v1/responses',
  auth: KEY,
  model: { provider: 'openai' },
  logging: { log_statistics: true },
};
const CHAT = { route_type: 'llm/v1/chat', auth: KEY, model: { provider: 'openai' }, logging: { log_statistics: true } };
const HELLO = { model: 'gpt-4o', input: 'Hello', stream: true };
const HI = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] };
const STREAM = { 'Content-Type': 'text/event-stream' };

let desk: ExchangeDesk;
let plugins: Awaited<ReturnType<typeof aiPlugins>>;

beforeAll(async () => {
  desk = await ExchangeDesk.open();
  plugins = await aiPlugins();
});
afterAll(() => desk.close());

const advanced = (targets: object[], more: object = {}) => plugins.aiProxyAdvanced({ targets, ...more });
const askResponses = (options: AskOptions, more: object = {}) => desk.ask(advanced([RESPONSES], more), options);

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

  it('may read a resource although a request-transformer empties its path', async () => {
    const read = await askResponses({ method: 'GET', path: '/codex/responses/resp_1', upstreamPath: '/' });
    expect((await read.order()).order.path).toBe('/v1/responses/resp_1');
    const create = await askResponses({ path: '/codex/responses/compact', upstreamPath: '/', body: HELLO });
    expect((await create.order()).order.path).toBe('/v1/responses');
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

describe('the model of a request', () => {
  const named = (model: object) => ({ ...CHAT, model: { provider: 'openai', ...model } });
  const modelOf = async (asked: Asked) => (asked.refusal ? asked.refusal.json : (await asked.order()).json.model);
  const error = (message: string) => ({ error: { message } });

  it.each([
    ['the client names it', {}, 'gpt-4o', 'gpt-4o'],
    ['the configuration names it', { name: 'gpt-5' }, undefined, 'gpt-5'],
    ['both name the same', { name: 'gpt-5' }, 'gpt-5', 'gpt-5'],
    ['the client names another', { name: 'gpt-5' }, 'gpt-4o', error('cannot use own model - must be: gpt-5')],
    ['the client names nothing', { name: 'gpt-5' }, '', 'gpt-5'],
    ['nobody names it', {}, undefined, error('model parameter not found in request, nor in gateway configuration')],
    ['the client names an alias', { name: 'gpt-5', model_alias: 'fast' }, 'fast', 'gpt-5'],
    ['the client names no alias', { name: 'gpt-5', model_alias: 'fast' }, undefined, 'gpt-5'],
    [
      'the client names an alias that is none',
      { name: 'gpt-5', model_alias: 'fast' },
      'slow',
      error('model not configured'),
    ],
    ['a header names it', { name: 'gpt-$(headers.X-Size)' }, undefined, 'gpt-5'],
    [
      'a header is to name it and is missing',
      { name: '$(headers.x-no)' },
      undefined,
      error('headers key x-no was not provided'),
    ],
    ['a parameter names it', { name: '$(query_params.m)' }, undefined, 'q'],
    [
      'a template is broken',
      { name: '$(headers)' },
      undefined,
      error("cannot parse expression for field '$(headers)'"),
    ],
    ['a template has an odd source', { name: '$(foo.bar)' }, undefined, error("source 'foo' is not supported")],
  ])('is settled when %s', async (_, model, asks, expected) => {
    const asked = await desk.ask(advanced([named(model)]), {
      path: '/chat?m=q',
      headers: { 'x-size': '5' },
      body: { ...HI, model: asks },
    });
    expect(await modelOf(asked)).toEqual(expected);
  });

  it('balances those without an alias where no alias fits', async () => {
    const group = advanced([named({ name: 'gpt-5', model_alias: 'fast' }), named({})]);
    expect(await modelOf(await desk.ask(group, { body: { ...HI, model: 'fast' } }))).toBe('gpt-5');
    expect(await modelOf(await desk.ask(group, { body: { ...HI, model: 'gpt-4o' } }))).toBe('gpt-4o');
  });

  it('is checked against the name that counts when a request has two', async () => {
    const group = advanced([named({ name: 'gpt-5' })]);
    const cheat = '{"model":"gpt-5","messages":[{"role":"user"}],"model":"gpt-dear"}';
    expect((await desk.ask(group, { body: cheat })).refusal?.json).toEqual(
      error('cannot use own model - must be: gpt-5'),
    );
  });
});

describe('streaming', () => {
  it('is refused where it is denied', async () => {
    const { refusal } = await askResponses({ body: HELLO }, { response_streaming: 'deny' });
    expect(refusal?.json).toEqual({ error: { message: 'response streaming is not enabled for this LLM' } });
  });

  it('is switched on where it is always wanted', async () => {
    const asked = await askResponses({ body: { model: 'm', input: 'x' } }, { response_streaming: 'always' });
    expect((await asked.order()).json).toEqual({ model: 'm', input: 'x', stream: true });
  });

  const delta = 'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"Hi"}\n\n';
  const completed = `event: response.completed\ndata: ${JSON.stringify({
    type: 'response.completed',
    response: {
      id: 'resp_1',
      status: 'completed',
      model: 'gpt-4o-2024-08-06',
      usage: {
        input_tokens: 100,
        input_tokens_details: { cached_tokens: 80 },
        output_tokens: 20,
        output_tokens_details: { reasoning_tokens: 10 },
        total_tokens: 120,
      },
    },
  })}\n\n`;

  it('passes every byte on and reads the usage in passing', async () => {
    const asked = await askResponses({ body: HELLO });
    await asked.order();
    const { body, headers } = asked.answer({ headers: { ...STREAM, 'Set-Cookie': 'a=b' }, pieces: [delta, completed] });
    expect(body.toString()).toBe(delta + completed);
    expect(headers).toEqual({ 'content-type': 'text/event-stream', 'x-kong-llm-model': 'openai/gpt-4o' });
    expect(asked.logged.ai?.proxy).toEqual({
      tried_targets: [
        {
          ip: '192.0.2.7',
          route_type: 'llm/v1/responses',
          port: 443,
          upstream_scheme: 'https',
          host: 'api.openai.com',
          upstream_uri: '/v1/responses',
          provider: 'openai',
        },
      ],
      meta: {
        plugin_id: 'plugin',
        provider_name: 'openai',
        request_model: 'gpt-4o',
        response_model: 'gpt-4o-2024-08-06',
        llm_latency: expect.any(Number),
        request_mode: 'stream',
      },
      usage: {
        prompt_tokens: 100,
        completion_tokens: 20,
        total_tokens: 120,
        prompt_tokens_details: { cached_tokens: 80 },
        completion_tokens_details: { reasoning_tokens: 10 },
        cost: 0,
        time_per_token: expect.any(Number),
        time_to_first_token: expect.any(Number),
      },
    });
  });

  it('of a client that leaves after the terminal event has its usage, and was not left early', async () => {
    const asked = await askResponses({ body: HELLO });
    await asked.order();
    asked.answer({ headers: STREAM, pieces: [delta, completed], cut: true });
    expect(asked.request.answerPassed).toBe(true);
    expect(asked.logged.ai?.proxy.usage).toMatchObject({ total_tokens: 120 });
  });

  it.each([
    ['cut in the middle of an event', [delta, completed.slice(0, 90)], true],
    ['ended without its terminal event', [delta], false],
  ])('that is %s has no usage and says that it is incomplete', async (_, pieces, cut) => {
    const asked = await askResponses({ body: HELLO });
    await asked.order();
    asked.answer({ headers: STREAM, pieces, cut });
    expect(asked.request.answerPassed).toBe(false);
    expect(asked.logged.ai?.proxy.usage).toBeUndefined();
    expect(asked.logged.ai?.proxy.meta).toMatchObject({ stream_ended: 'incomplete' });
  });

  it('that failed says so', async () => {
    const asked = await askResponses({ body: HELLO });
    await asked.order();
    const failed =
      'data: {"type":"response.failed","response":{"id":"r","error":{"code":"server_error"},"usage":null}}\n\n';
    asked.answer({ headers: STREAM, pieces: [failed] });
    expect(asked.logged.ai?.proxy).toMatchObject({ meta: { stream_ended: 'failed' } });
    expect(asked.logged.ai?.proxy.usage).toBeUndefined();
  });

  it('may be silent for minutes unless somebody chose a read_timeout', async () => {
    const timeouts = async (balancer: object | undefined) =>
      (await (await askResponses({ body: HELLO }, { balancer })).order()).order.timeouts;
    expect(await timeouts(undefined)).toEqual({ connect: 60000, head: 60000, idle: 300000, write: 60000 });
    expect(await timeouts({ read_timeout: 5000 })).toMatchObject({ head: 5000, idle: 5000 });
  });

  it.each([
    ['a stream, whatever the client takes', STREAM, { 'accept-encoding': 'gzip' }, true],
    ['a body for a client that cannot', { 'Content-Type': 'application/json' }, {}, true],
    ['a body for a client that can', { 'Content-Type': 'application/json' }, { 'accept-encoding': 'gzip' }, false],
  ])('undoes the coding of %s', async (_, type, client, expected) => {
    const asked = await askResponses({ body: HELLO, headers: client });
    await asked.order();
    asked.answer({ headers: { ...type, 'Content-Encoding': 'gzip' }, pieces: [] });
    expect(asked.request.inflating).toBe(expected);
  });

  it('is not seen in an error, which passes as it came', async () => {
    const asked = await askResponses({ body: HELLO });
    await asked.order();
    const error = '{"error":{"message":"slow down","type":"requests"}}';
    const headers = { 'Content-Type': 'application/json', 'Retry-After': '7', 'Set-Cookie': 'a=b' };
    const answered = asked.answer({ status: 429, headers, pieces: [error] });
    expect(answered.body.toString()).toBe(error);
    expect(answered.headers).toEqual({ 'content-type': 'application/json', 'retry-after': '7', 'set-cookie': 'a=b' });
    expect(asked.logged.ai?.proxy.meta).toMatchObject({ request_model: 'gpt-4o', response_model: 'gpt-4o' });
    expect(asked.logged.ai?.proxy.usage).toBeUndefined();
  });
});

describe('a stream of chat chunks', () => {
  const chunk = (value: object) => `data: ${JSON.stringify({ id: 'c', model: 'gpt-4o-2024', ...value })}\n\n`;
  const content = chunk({
    choices: [{ index: 0, delta: { content: 'Hi "usage"' }, finish_reason: null }],
    usage: null,
  });
  const finish = chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: null });
  const usage = chunk({ choices: [], usage: { prompt_tokens: 8, completion_tokens: 1, total_tokens: 9 } });
  const done = 'data: [DONE]\n\n';
  const whole = [content, ': ping\n\n', finish, usage, done].join('');

  const askChat = (body: object) =>
    desk.ask(plugins.aiProxy(CHAT), { path: '/chat', body: { ...HI, stream: true, ...body } });

  it('reports its usage, which a client that did not ask for it does not see, wherever it is cut', async () => {
    const asked = await askChat({ stream_options: { x: 1 } });
    expect((await asked.order()).json.stream_options).toEqual({ x: 1, include_usage: true });
    for (let at = 0; at <= whole.length; at++) {
      const { body } = asked.answer({ headers: STREAM, pieces: [whole.slice(0, at), whole.slice(at)] });
      expect(body.toString()).toBe(whole.replace(usage, ''));
      expect(asked.logged.ai?.proxy.usage).toMatchObject({ prompt_tokens: 8, completion_tokens: 1, total_tokens: 9 });
    }
  });

  it('passes each event on as soon as it is complete', async () => {
    const asked = await askChat({});
    await asked.order();
    const { pieces } = asked.answer({
      headers: STREAM,
      pieces: [content, ': ping\n\n', `${finish}${usage.slice(0, 20)}`, usage.slice(20)],
    });
    expect(pieces.map(String)).toEqual([content, ': ping\n\n', finish, '', '']);
  });

  it('shows its usage to a client that asked for it', async () => {
    const asked = await askChat({ stream_options: { include_usage: true } });
    await asked.order();
    expect(asked.answer({ headers: STREAM, pieces: [whole] }).body.toString()).toBe(whole);
  });

  it('is left alone where nobody counts', async () => {
    const group = plugins.aiProxy({ ...CHAT, logging: {} });
    const body = '{"stream":true,"model":"m","messages":[{}]}';
    const { text } = await (await desk.ask(group, { path: '/chat', body })).order();
    expect(text).toBe(body);
  });
});

describe('an answer in one piece', () => {
  const completion = JSON.stringify({
    id: 'c',
    model: 'gpt-4o-2024',
    choices: [{ index: 0, message: { content: 'Hi' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 25, completion_tokens: 12, total_tokens: 37 },
  });
  const JSON_TYPE = { 'Content-Type': 'application/json' };

  it('costs what its tokens cost', async () => {
    const options = { input_cost: 10, output_cost: 10 };
    const asked = await desk.ask(plugins.aiProxy({ ...CHAT, model: { provider: 'openai', options } }), { body: HI });
    await asked.order();
    asked.answer({ headers: JSON_TYPE, pieces: [completion.slice(0, 30), completion.slice(30)] });
    expect(asked.logged.ai?.proxy.usage).toMatchObject({ cost: 0.00037, total_tokens: 37 });
    expect(asked.logged.ai?.proxy.meta).toMatchObject({ request_mode: 'oneshot', response_model: 'gpt-4o-2024' });
  });

  it('is read from a private copy where the client takes it compressed', async () => {
    const asked = await desk.ask(plugins.aiProxy(CHAT), { body: HI, headers: { 'accept-encoding': 'gzip' } });
    expect((await asked.order()).headers['accept-encoding']).toBe('gzip, identity');
    const coded = gzipSync(completion);
    const { body, headers } = asked.answer({ headers: { ...JSON_TYPE, 'Content-Encoding': 'gzip' }, pieces: [coded] });
    expect(body.equals(coded)).toBe(true);
    expect(headers['content-encoding']).toBe('gzip');
    expect(asked.logged.ai?.proxy.usage).toMatchObject({ total_tokens: 37 });
  });

  it('without a usage report has no usage in the log, not one of zeros', async () => {
    const asked = await desk.ask(plugins.aiProxy(CHAT), { body: HI });
    await asked.order();
    asked.answer({ headers: JSON_TYPE, pieces: ['{"model":"m","choices":[]}'] });
    expect(asked.logged.ai?.proxy.usage).toBeUndefined();
    expect(asked.logged.ai?.proxy.meta).toMatchObject({ response_model: 'm' });
  });

  it('is logged with its request, without the key that went in the body', async () => {
    const auth = { param_name: 'api_key', param_value: 'sk-"secret', param_location: 'body' };
    const asked = await desk.ask(plugins.aiProxy({ ...CHAT, auth, logging: { log_payloads: true } }), { body: HI });
    expect((await asked.order()).json.api_key).toBe('sk-"secret');
    asked.answer({ headers: JSON_TYPE, pieces: [completion] });
    const { payload, meta, usage } = asked.logged.ai?.proxy ?? {};
    expect(JSON.parse(payload?.request as string)).toEqual({ ...HI, stream: false, api_key: 'REDACTED' });
    expect(payload?.response).toBe(completion);
    expect([meta, usage]).toEqual([undefined, undefined]);
  });
});

describe('the key', () => {
  const sent = async (auth: object, options: AskOptions = {}) =>
    await (await desk.ask(plugins.aiProxy({ ...CHAT, auth }), { path: '/chat', body: HI, ...options })).order();

  it('replaces that of the client, unless the client may bring its own', async () => {
    const headers = { authorization: 'Bearer client', 'openai-project': 'p' };
    expect((await sent(KEY, { headers })).headers.authorization).toBe('Bearer sk-gateway');
    const own = await sent({ ...KEY, allow_override: true }, { headers });
    expect(own.headers).toMatchObject({ authorization: 'Bearer client', 'openai-project': 'p' });
  });

  it('never shows in the log, whatever header carries it', async () => {
    const auth = { header_name: 'X-My-Key', header_value: 'secret' };
    const asked = await desk.ask(plugins.aiProxy({ ...CHAT, auth }), { body: HI });
    expect((await asked.order()).headers['x-my-key']).toBe('secret');
    expect(asked.logged.request?.headers['x-my-key']).toBe('REDACTED');
    expect(JSON.stringify(asked.logged)).not.toContain('secret');
  });

  it('goes into the query, where it replaces that of the client', async () => {
    const auth = { param_name: 'key', param_value: 's&t', param_location: 'query' };
    expect((await sent(auth, { path: '/chat?a=1&key=x&b=%20' })).order.path).toBe(
      '/v1/chat/completions?key=s%26t&a=1&b=%20',
    );
    const open = { ...auth, allow_override: true };
    expect((await sent(open, { path: '/chat?key=x' })).order.path).toBe('/v1/chat/completions?key=x');
  });

  const unresolved = [{ path: 'targets.0.auth.header_value', reference: '{vault://env/openai}', missing: 'OPENAI' }];

  it('that is missing is warned of once, and its route says what to set', async () => {
    const warnings: string[] = [];
    const scope = { unresolved, warn: (message: string) => void warnings.push(message) };
    const group = plugins.aiProxyAdvanced({ targets: [RESPONSES] }, scope);
    const { refusal } = await desk.ask(group, { body: HELLO });
    expect(refusal).toMatchObject({
      status: 400,
      json: {
        error: {
          type: 'invalid_request_error',
          code: 'gateway_key_missing',
          message: expect.stringContaining("'OPENAI'"),
        },
      },
    });
    expect(warnings).toEqual(['targets.0.auth.header_value is {vault://env/openai}, but OPENAI is not set']);
  });

  it('that is missing takes only its own target out', async () => {
    const other = { ...RESPONSES, auth: { ...KEY, header_value: 'Bearer sk-other' } };
    const group = plugins.aiProxyAdvanced({ targets: [RESPONSES, other] }, { unresolved });
    for (let round = 0; round < 3; round++) {
      const asked = await desk.ask(group, { body: HELLO });
      expect((await asked.order()).headers.authorization).toBe('Bearer sk-other');
    }
  });

  it('may have a line end after it, as files and variables do, but not within', async () => {
    expect((await sent({ ...KEY, header_value: 'Bearer sk-gateway\n' })).headers.authorization).toBe(
      'Bearer sk-gateway',
    );
    expect(() => plugins.aiProxy({ ...CHAT, auth: { ...KEY, header_value: 'Bearer sk\nX-Evil: 1' } })).toThrow(
      "auth.header_value holds what no header 'Authorization' may hold",
    );
  });

  it.each([
    ['sk-bare', /looks like a bare key/],
    ['Bearer ', /has no key in it/],
  ])('that reads %s is warned of', (header_value, expected) => {
    const warnings: string[] = [];
    const scope = { warn: (message: string) => void warnings.push(message) };
    plugins.aiProxy({ ...CHAT, auth: { ...KEY, header_value } }, scope);
    expect(warnings).toEqual([expect.stringMatching(expected)]);
    expect(warnings.join()).not.toContain('sk-bare');
  });
});

describe('configured options', () => {
  it('win over those of the client, under the names the format has for them', async () => {
    const options = { max_tokens: 100, temperature: 0.5, top_p: 0.9, top_k: 5 };
    const model = { provider: 'openai', options };
    const chat = await desk.ask(advanced([{ ...CHAT, model }]), { body: { ...HI, temperature: 1, top_k: 3, seed: 1 } });
    expect((await chat.order()).json).toEqual({
      ...HI,
      temperature: 0.5,
      seed: 1,
      stream: false,
      max_tokens: 100,
      top_p: 0.9,
    });
    const responses = await desk.ask(advanced([{ ...RESPONSES, model }]), { body: { ...HELLO, max_output_tokens: 1 } });
    expect((await responses.order()).json).toEqual({ ...HELLO, max_output_tokens: 100, temperature: 0.5, top_p: 0.9 });
  });

  it.each([
    ['gpt-5-mini', {}, { max_completion_tokens: 100 }],
    ['o3', { max_completion_tokens: 7 }, { max_completion_tokens: 100 }],
    ['gpt-4o', {}, { max_tokens: 100 }],
    ['gpt-4o', { max_completion_tokens: 7 }, { max_completion_tokens: 100 }],
  ])('limit the answer of %s once', async (model, client, expected) => {
    const config = { ...CHAT, model: { provider: 'openai', options: { max_tokens: 100 } } };
    const { json } = await (await desk.ask(plugins.aiProxy(config), { body: { ...HI, model, ...client } })).order();
    expect(json).toEqual({ ...HI, model, stream: false, ...expected });
  });

  it.each([
    [{ upstream_url: 'http://models.test:8080/v2/r/' }, 'http', 8080, '/v2/r'],
    [{ upstream_url: 'https://models.test//v2?a=1' }, 'https', 443, '/v2?a=1'],
    [{ upstream_path: '//odd/path' }, 'https', 443, '/odd/path'],
    [{ upstream_url: 'http://models.test/$(headers.x-tenant)/r' }, 'http', 80, '/acme/r'],
  ])('say where the model is: %j', async (options, scheme, port, path) => {
    const group = advanced([{ ...RESPONSES, model: { provider: 'openai', options } }]);
    const { order } = await (await desk.ask(group, { body: HELLO, headers: { 'x-tenant': 'acme' } })).order();
    expect([order.address.scheme, order.address.port, order.path]).toEqual([scheme, port, path]);
  });

  it('that are no address are refused when they are loaded', () => {
    const model = { provider: 'openai', options: { upstream_url: 'models.test/v1' } };
    expect(() => advanced([{ ...RESPONSES, model }])).toThrow("upstream_url 'models.test/v1' is no http or https URL");
  });
});

describe('attempts', () => {
  const at = (port: number, name?: string) => ({
    ...RESPONSES,
    model: { provider: 'openai', name, options: { upstream_url: `http://127.0.0.1:${port}/r` } },
  });
  const refused = { kind: 'error', sent: false, cause: new Error('refused') } as const;
  const reset = { kind: 'error', sent: true, cause: new Error('reset') } as const;
  const port = async (asked: Asked) => (await asked.order()).order.address.port;

  it('go on to the next target when a connection cannot be made, each in its own words', async () => {
    const group = advanced([at(1, 'one'), at(2, 'two')]);
    const asked = await desk.ask(group, { body: { input: 'x' } });
    const first = await asked.order();
    expect(asked.ended(refused)).toBe(true);
    const second = await asked.order();
    expect(new Set([first.order.address.port, second.order.address.port])).toEqual(new Set([1, 2]));
    expect(second.json.model).toBe(second.order.address.port === 1 ? 'one' : 'two');
    expect(asked.logged.ai?.proxy.tried_targets).toMatchObject([
      { port: first.order.address.port },
      { model: second.json.model },
    ]);
  });

  it('are not repeated once a POST was sent, unless that is allowed', async () => {
    const outcomes = async (failover_criteria: string[], outcome: Parameters<Asked['ended']>[0]) => {
      const asked = await desk.ask(advanced([at(1), at(2)], { balancer: { failover_criteria } }), { body: HELLO });
      await asked.order();
      return asked.ended(outcome);
    };
    const status = (code: number) => ({ kind: 'status', status: code }) as const;
    expect(await outcomes(['error', 'timeout'], reset)).toBe(false);
    expect(await outcomes(['error', 'non_idempotent'], reset)).toBe(true);
    expect(await outcomes(['error', 'http_503'], status(503))).toBe(false);
    expect(await outcomes(['error', 'http_503', 'non_idempotent'], status(503))).toBe(true);
    expect(await outcomes(['error', 'http_503', 'non_idempotent'], status(500))).toBe(false);
    expect(await outcomes(['timeout'], refused)).toBe(false);
    expect(await outcomes(['error', 'non_idempotent'], { kind: 'abandoned' })).toBe(false);
  });

  it('are one more than the retries', async () => {
    const asked = await desk.ask(advanced([at(1)], { balancer: { retries: 2 } }), { body: HELLO });
    const ended: boolean[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      await asked.order();
      ended.push(asked.ended(refused));
    }
    expect(ended).toEqual([true, true, false]);
  });

  it('of ai-proxy are as many as the Service says, and wait as long', async () => {
    const service = { retries: 1, connect_timeout: 1, read_timeout: 2, write_timeout: 3 };
    const asked = await desk.ask(plugins.aiProxy(at(1)), { body: HELLO, service });
    expect((await asked.order()).order.timeouts).toEqual({ connect: 1, head: 2, idle: 2, write: 3 });
    expect(asked.ended(refused)).toBe(true);
    await asked.order();
    expect(asked.ended(refused)).toBe(false);
  });

  it('leave a target out whose circuit is open, and say so when that was the last', async () => {
    const balancer = { max_fails: 1, fail_timeout: 60000, retries: 0 };
    const group = advanced([at(1), at(2)], { balancer });
    const first = await desk.ask(group, { body: HELLO });
    const failed = await port(first);
    first.ended(refused);
    for (let round = 0; round < 3; round++) {
      const asked = await desk.ask(group, { body: HELLO });
      expect(await port(asked)).not.toBe(failed);
      asked.ended({ kind: 'status', status: 200 });
    }
    const last = await desk.ask(group, { body: HELLO });
    await last.order();
    last.ended(refused);
    expect((await desk.ask(group, { body: HELLO })).refusal?.status).toBe(500);
  });

  it('go to the highest priority, then lower, and then nowhere', async () => {
    const targets = [
      { ...at(1), weight: 10 },
      { ...at(2), weight: 20 },
    ];
    const asked = await desk.ask(advanced(targets, { balancer: { algorithm: 'priority' } }), { body: HELLO });
    expect(await port(asked)).toBe(2);
    expect(asked.ended(refused)).toBe(true);
    expect(await port(asked)).toBe(1);
    expect(asked.ended(refused)).toBe(false);
  });

  it('are over once, whoever says so', async () => {
    const group = advanced([at(1), at(2)], { balancer: { algorithm: 'least-connections' } });
    const asked = await desk.ask(group, { body: HELLO });
    const busy = await port(asked);
    expect(asked.ended(refused)).toBe(true);
    // The client leaves while the next attempt is being planned.
    asked.request.plan?.settle(asked.request, { kind: 'abandoned' });
    const [first, second] = [await desk.ask(group, { body: HELLO }), await desk.ask(group, { body: HELLO })];
    expect(new Set([await port(first), await port(second)])).toEqual(new Set([1, 2]));
    expect(busy).toBeGreaterThan(0);
  });

  it('of one conversation go to one target', async () => {
    const balancer = { algorithm: 'consistent-hashing', hash_on_header: 'session_id' };
    const group = advanced([at(1), at(2), at(3)], { balancer });
    const ports = new Set<number>();
    for (let round = 0; round < 5; round++) {
      ports.add(await port(await desk.ask(group, { body: HELLO, headers: { session_id: 'a' } })));
    }
    expect(ports.size).toBe(1);
  });

  it('whose host has no address are told as the proxy tells it', async () => {
    const model = { provider: 'openai', options: { upstream_url: 'http://nowhere.invalid/r' } };
    const asked = await desk.ask(advanced([{ ...RESPONSES, model }]), { body: HELLO });
    expect(await asked.request.plan?.next(asked.request)).toMatchObject({
      kind: 'unavailable',
      status: expect.any(Number),
    });
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
