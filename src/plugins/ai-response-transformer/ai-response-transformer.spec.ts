import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { aiPlugins, CHAT, HI } from '../../../test/support/ai-exchange.js';
import {
  type AiTransformers,
  aiTransformers,
  completion,
  modelAt,
  says,
} from '../../../test/support/ai-transformers.js';
import { reset, silence, status } from '../../../test/support/answers.js';
import { type Answer, type FakeUpstream, fakeUpstream, UPSTREAM_KEY } from '../../../test/support/fake-upstream.js';
import { freePort } from '../../../test/support/free-port.js';
import { type DeskRequest, ServiceDesk } from '../../../test/support/service-desk.js';
import type { ProxiedRequest } from '../../pdk/proxied-request.js';

let plugins: AiTransformers;
let model: FakeUpstream;
let upstream: FakeUpstream;
let desk: ServiceDesk;

beforeAll(async () => {
  plugins = await aiTransformers();
  model = await fakeUpstream();
  upstream = await fakeUpstream();
  desk = await ServiceDesk.open({ service: { url: upstream.url, retries: 1 } });
});
afterAll(async () => {
  await desk.close();
  await upstream.close();
  await model.close();
  await plugins.close();
});
beforeEach(() => {
  model.requests.length = 0;
  upstream.requests.length = 0;
  model.always(says('{"written":"by the model"}'));
  upstream.always(status(200, '{"city":"Bern"}', { 'content-type': 'application/json' }));
});

const KEY = { authorization: `Bearer ${UPSTREAM_KEY}` };

/** A request to a plain Service whose answer goes through the plugin. */
function ask(config: object = {}, request: DeskRequest = {}) {
  const access = plugins.response({ prompt: 'Add a country', llm: modelAt(model.url), ...config });
  return desk.ask({ method: 'POST', body: '{"a":1}', access, ...request, headers: { ...KEY, ...request.headers } });
}

async function refused(config: object = {}, request: DeskRequest = {}) {
  const { status: answered, body } = await ask(config, request);
  return [answered, (JSON.parse(body) as { error: { message: string } }).error.message];
}

/** What the model was given last: its prompt and the body. */
function given(): unknown {
  return (JSON.parse(model.requests.at(-1)?.body.toString() ?? '{}') as { messages?: unknown }).messages;
}

const saidTo = (content: string) => [
  { role: 'system', content: 'Add a country' },
  { role: 'user', content },
];

function logged({ logFields }: ProxiedRequest) {
  const record: Record<string, unknown> = {};
  logFields.applyTo(record);
  return record['ai'] as Record<string, Record<string, Record<string, unknown>>>;
}

describe('ai-response-transformer', () => {
  it('asks the Service as the proxy would, and answers with what the model makes of the answer', async () => {
    upstream.next(status(201, '{"city":"Bern"}', { 'content-type': 'application/json', 'x-from': 'upstream' }));
    const { status: answered, headers, body, request } = await ask({}, { method: 'PATCH', path: '/a?b=c' });

    const [seen] = upstream.requests;
    expect([seen?.method, seen?.url, seen?.body.toString()]).toEqual(['PATCH', '/a?b=c', '{"a":1}']);
    expect(seen?.headers).toMatchObject({ 'x-forwarded-proto': 'http', host: `127.0.0.1:${upstream.port}` });
    expect(given()).toEqual(saidTo('{"city":"Bern"}'));
    expect([answered, body]).toEqual([201, '{"written":"by the model"}']);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': '26',
      'x-from': 'upstream',
    });
    expect(request).toMatchObject({ upstreamUri: '/a?b=c', source: 'kong' });
    expect(request.attempts).toMatchObject([{ ip: '127.0.0.1', port: upstream.port, status: 201 }]);
  });

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('inflates an answer in %s before the model sees it', async (coding, compress) => {
    upstream.next(({ response }) => {
      response.writeHead(200, { 'content-encoding': coding }).end(compress('{"city":"Bern"}'));
    });
    const { headers, body } = await ask();

    expect(given()).toEqual(saidTo('{"city":"Bern"}'));
    expect(headers).not.toHaveProperty('content-encoding');
    expect(body).toBe('{"written":"by the model"}');
  });

  it('keeps headers that come several times, and drops those of the upstream’s connection', async () => {
    upstream.next(({ response }) => {
      response.setHeader('Set-Cookie', ['a=1', 'b=2']);
      response.setHeader('Connection', 'x-hop, keep-alive');
      response.setHeader('X-Hop', '1');
      response.end('text');
    });
    const { headers } = await ask();

    expect(headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(headers).not.toHaveProperty('x-hop');
  });

  it('lets errors of the upstream be transformed as well, with their status', async () => {
    upstream.next(status(404, 'no such city'));
    const { status: answered, body } = await ask();

    expect(given()).toEqual(saidTo('no such city'));
    expect([answered, body]).toEqual([404, '{"written":"by the model"}']);
  });

  it.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('does not ask the model about the answer to %s with status %i, which has no body', async (method, code) => {
    upstream.next(status(code, '', { 'x-from': 'upstream' }));
    const { status: answered, headers } = await ask({}, { method, body: undefined });

    expect([answered, headers['x-from']]).toEqual([code, 'upstream']);
    expect(model.requests).toHaveLength(0);
  });

  it('tries again where the proxy would', async () => {
    upstream.next(reset);
    const { status: answered, request } = await ask({}, { method: 'GET', body: undefined });

    expect(answered).toBe(200);
    expect(request.attempts).toMatchObject([{ state: 'failed', code: 502 }, { status: 200 }]);
  });

  it('says that the upstream broke off', async () => {
    upstream.next(reset);

    expect(await refused()).toEqual([500, 'subrequest failed: closed']);
    expect(model.requests).toHaveLength(0);
  });

  it('says that the upstream takes no connections', async () => {
    const nowhere = await ServiceDesk.open({ service: { url: `http://127.0.0.1:${await freePort()}`, retries: 0 } });
    try {
      const access = plugins.response({ prompt: 'x', llm: modelAt(model.url) });
      const { status: answered, body } = await nowhere.ask({ access });

      expect([answered, JSON.parse(body)]).toEqual([
        500,
        { error: { message: 'failed to connect to upstream: connection refused' } },
      ]);
    } finally {
      await nowhere.close();
    }
  });

  const tooLarge: [string, Answer][] = [
    ["the upstream's answer is larger than 8388608 bytes", status(200, 'x'.repeat(8 * 1024 * 1024 + 1))],
    [
      "the upstream's answer, inflated, is larger than 8388608 bytes",
      ({ response }) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(64 * 1024 * 1024, 'x')));
      },
    ],
    ["the gzip coding of the upstream's answer is broken", status(200, 'x', { 'content-encoding': 'gzip' })],
    [
      "the content coding 'rot13' of the upstream's answer is not known",
      status(200, 'x', { 'content-encoding': 'rot13' }),
    ],
    [
      'the upstream answers with a stream of events',
      ({ response }) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
      },
    ],
  ];
  it.each(tooLarge)('says that %s', async (reason, answer) => {
    upstream.next(answer);

    expect(await refused()).toEqual([500, `subrequest failed: ${reason}`]);
    expect(model.requests).toHaveLength(0);
  });

  it('answers 400 in Kong’s words when the model cannot be asked', async () => {
    model.next(status(503));

    expect(await refused()).toEqual([400, 'failed to introspect request with AI service: status code 503']);
  });

  it('refuses request bodies above max_request_body_size before asking anybody', async () => {
    expect((await ask({ max_request_body_size: 7 })).status).toBe(200);
    upstream.requests.length = 0;

    expect(await refused({ max_request_body_size: 6 })).toEqual([400, "request body doesn't contain valid prompts"]);
    expect(upstream.requests).toHaveLength(0);
  });

  it('lets go of the upstream, or of the model, when the client leaves', async () => {
    for (const server of [upstream, model]) {
      server.next(silence);
      const arrived = server.nextRequest();
      const access = plugins.response({ prompt: 'x', llm: modelAt(model.url) });
      await desk.askAndLeave({ headers: KEY, access }, arrived);

      expect(await (await arrived).ended).toMatchObject({ how: 'left' });
    }
  });
});

describe('with parse_llm_response_json_instructions the model', () => {
  const config = { parse_llm_response_json_instructions: true, transformation_extract_pattern: '{((.|\\n)*)}' };

  it('decides on status, headers and body', async () => {
    upstream.next(status(200, 'x', { 'content-type': 'text/plain', 'x-kept': '1', 'x-set': ['1', '2'] }));
    model.next(says('Here:\n{"status":209,"headers":{"Content-Type":"application/xml","X-Set":"3"},"body":"<a/>"}'));
    const { status: answered, headers, body } = await ask(config);

    expect([answered, body]).toEqual([209, '<a/>']);
    expect(headers).toMatchObject({ 'content-type': 'application/xml', 'x-kept': '1', 'x-set': '3' });
  });

  it('need not use any of it', async () => {
    upstream.next(status(404, 'x', { 'content-type': 'application/json' }));
    model.next(says('{"city":"Bern"}'));
    const { status: answered, body } = await ask(config);

    expect([answered, body]).toEqual([200, '{"city":"Bern"}']);
  });

  it.each([
    ['{"status":99,"headers":{"x-half":"applied"}}', "'status' must be a whole number between 200 and 599, not 99"],
    [
      '{"headers":{"x-half":"applied","transfer-encoding":"chunked"},"body":"5\\r\\nsplit"}',
      'the header "transfer-encoding" is not the model\'s to set',
    ],
    [
      '{"headers":{"x-half":"applied","x-a":"1\\r\\nset-cookie: session=stolen"}}',
      'the value of the header "x-a" holds what no header may hold',
    ],
    ['{"body":7,"headers":{"x-half":"applied"}}', "'body' must be a text, an object or a list, not 7"],
    ['{"broken"}', 'the input is not JSON'],
  ])('gets nothing done with %s', async (words, problem) => {
    model.next(says(words));
    const { status: answered, headers, body } = await ask(config);

    expect([answered, JSON.parse(body)]).toEqual([
      500,
      { error: { message: `failed to parse JSON response instructions from AI backend: ${problem}` } },
    ]);
    expect(headers).not.toHaveProperty('x-half');
    expect(headers).not.toHaveProperty('set-cookie');
  });

  it('gets nothing done with ten megabytes', async () => {
    model.next(says(`{"body":"${'x'.repeat(10 * 1024 * 1024)}"}`));

    expect(await refused(config)).toEqual([
      400,
      'failed to introspect request with AI service: the answer is larger than 4194304 bytes',
    ]);
  });
});

describe('behind an AI proxy', () => {
  let chat: (changes?: object, proxy?: object) => (request: ProxiedRequest) => Promise<void>;
  beforeAll(async () => {
    const { aiProxyAdvanced } = await aiPlugins();
    chat = (changes = {}, proxy = {}) => {
      const target = {
        ...CHAT,
        auth: { header_name: 'Authorization', header_value: `Bearer ${UPSTREAM_KEY}` },
        model: { provider: 'openai', options: { upstream_url: `${upstream.url}/v1/chat/completions` } },
      };
      const group = aiProxyAdvanced({ targets: [target], ...proxy });
      const transform = plugins.response({ prompt: 'Add a country', llm: modelAt(model.url), ...changes });
      return async (request) => {
        await group.access(request);
        if (!request.exited) await transform(request);
      };
    };
  });
  const post = (access: (request: ProxiedRequest) => Promise<void>, body: object = HI) =>
    desk.ask({
      method: 'POST',
      path: '/chat',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      access,
    });

  it('transforms the answer of the model that the proxy chose', async () => {
    upstream.next(status(200, completion('Bern'), { 'content-type': 'application/json', 'set-cookie': 'of=provider' }));
    const { status: answered, headers, body, request } = await post(chat());

    expect(upstream.requests[0]?.url).toBe('/v1/chat/completions');
    expect(given()).toEqual(saidTo(completion('Bern')));
    expect([answered, body]).toEqual([200, '{"written":"by the model"}']);
    expect(headers['x-kong-llm-model']).toBe('openai/gpt-4o');
    expect(headers).not.toHaveProperty('set-cookie');
    const { proxy, 'ai-response-transformer': transformer } = logged(request);
    expect(proxy).toMatchObject({
      meta: { request_model: 'gpt-4o', response_model: 'gpt-tr-2026' },
      usage: { prompt_tokens: 25, completion_tokens: 12 },
    });
    expect(proxy?.['tried_targets']).toHaveLength(1);
    expect(transformer).toMatchObject({ meta: { request_model: 'UNSPECIFIED' }, usage: { total_tokens: 37 } });
  });

  it('goes on to another target as the proxy would', async () => {
    const balancer = { failover_criteria: ['error', 'http_503', 'non_idempotent'], retries: 2 };
    upstream.next(status(503), status(200, completion('Bern')));
    const { status: answered, request } = await post(chat({}, { balancer }));

    expect(answered).toBe(200);
    expect(request.attempts).toMatchObject([{ state: 'next', code: 503 }, { status: 200 }]);
    expect(logged(request)['proxy']?.['tried_targets']).toHaveLength(2);
  });

  it('refuses streams, which it would have to hold back', async () => {
    const { status: answered, body } = await post(chat(), { ...HI, stream: true });

    expect([answered, JSON.parse(body)]).toEqual([
      400,
      {
        error: {
          message: 'response streaming is not enabled for this LLM: its answers are transformed as a whole',
        },
      },
    ]);
    expect(upstream.requests).toHaveLength(0);
  });
});
