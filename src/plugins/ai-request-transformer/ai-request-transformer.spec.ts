import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type AiTransformers,
  aiTransformers,
  completion,
  modelAt,
  says,
} from '../../../test/support/ai-transformers.js';
import { silence, status } from '../../../test/support/answers.js';
import { type EchoUpstream, echoUpstream } from '../../../test/support/echo-upstream.js';
import { type FakeUpstream, fakeUpstream, UPSTREAM_KEY } from '../../../test/support/fake-upstream.js';
import { type DeskRequest, ServiceDesk } from '../../../test/support/service-desk.js';
import type { ProxiedRequest } from '../../pdk/proxied-request.js';

let plugins: AiTransformers;
let model: FakeUpstream;
let service: EchoUpstream;
let desk: ServiceDesk;

beforeAll(async () => {
  plugins = await aiTransformers();
  model = await fakeUpstream();
  service = await echoUpstream();
  desk = await ServiceDesk.open({ service: { url: service.url } });
});
afterAll(async () => {
  await desk.close();
  await service.close();
  await model.close();
  await plugins.close();
});
beforeEach(() => {
  model.requests.length = 0;
  model.always(says('{"written":"by the model"}'));
});

const JSON_TYPE = { 'content-type': 'application/json' };

/** A request through the plugin to a plain Service. */
function ask(config: object, request: DeskRequest = {}) {
  const access = plugins.request({ prompt: 'Add a country', llm: modelAt(model.url), ...config });
  return desk.ask({ method: 'POST', headers: JSON_TYPE, body: '{"city":"Bern"}', ...request, access });
}

/** What the model was given last: its prompt and the body. */
function given(): { system: string; user: string } {
  const { messages } = JSON.parse(model.requests.at(-1)?.body.toString() ?? '{"messages":[]}') as {
    messages: { role: string; content: string }[];
  };
  return Object.fromEntries(messages.map(({ role, content }) => [role, content])) as { system: string; user: string };
}

function logged({ logFields }: ProxiedRequest) {
  const record: Record<string, unknown> = {};
  logFields.applyTo(record);
  return (record['ai'] as Record<string, Record<string, unknown>> | undefined)?.['ai-request-transformer'];
}

describe('ai-request-transformer', () => {
  it('puts what the model makes of the body in its place, and leaves everything else', async () => {
    const { body } = await ask({}, { method: 'PUT', path: '/a?b=c', headers: { ...JSON_TYPE, 'x-client': '1' } });

    expect(given()).toEqual({ system: 'Add a country', user: '{"city":"Bern"}' });
    expect(JSON.parse(body)).toMatchObject({
      method: 'PUT',
      path: '/a?b=c',
      body: '{"written":"by the model"}',
      headers: { 'content-type': 'application/json', 'content-length': '26', 'x-client': '1' },
    });
  });

  it('takes any text for a body, and none as well', async () => {
    await ask({}, { headers: { 'content-type': 'text/xml' }, body: '<city>Bärn</city>' });
    expect(given().user).toBe('<city>Bärn</city>');

    const { body } = await ask({}, { method: 'GET', headers: {}, body: undefined });
    expect(given().user).toBe('');
    expect(JSON.parse(body)).toMatchObject({ method: 'GET', body: '{"written":"by the model"}' });
  });

  it('gives the model a compressed body as text, and sends the new one plain', async () => {
    const { body } = await ask(
      {},
      { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' }, body: gzipSync('{"city":"Bern"}') },
    );

    expect(given().user).toBe('{"city":"Bern"}');
    const echoed = JSON.parse(body) as { headers: Record<string, string>; body: string };
    expect(echoed.body).toBe('{"written":"by the model"}');
    expect(echoed.headers).not.toHaveProperty('content-encoding');
  });

  it('takes of the answer what the pattern matches', async () => {
    model.next(says('Sure:\n{"a":\n1}\nDone.'));
    const { body } = await ask({ transformation_extract_pattern: '{((.|\\n)*)}' });

    expect(JSON.parse(body)).toMatchObject({ body: '{"a":\n1}' });
  });

  it.each([
    ['AI response did not match specified regular expression', '<.*>', 1],
    ['failed regex matching ai response: back-references are not supported', '(a)\\1', 0],
  ])('answers 400: %s', async (message, pattern, calls) => {
    const { status: answered, body } = await ask({ transformation_extract_pattern: pattern });

    expect([answered, JSON.parse(body)]).toEqual([400, { error: { message } }]);
    expect(model.requests).toHaveLength(calls);
  });

  it('tells the operator about a pattern that cannot be used', () => {
    const warnings: string[] = [];
    plugins.request(
      { prompt: 'x', llm: modelAt(model.url), transformation_extract_pattern: '(' },
      { warn: (message) => warnings.push(message) },
    );

    expect(warnings).toEqual([
      'transformation_extract_pattern cannot be used, so every request will be refused: ' +
        'PCRE returned: pcre2_compile() failed: missing closing parenthesis in "("',
    ]);
  });

  it('answers 400 in Kong’s words when the model cannot be asked, and nothing goes upstream', async () => {
    model.next(status(500));
    const before = service.seen.length;
    const { status: answered, headers, body } = await ask({});

    expect([answered, headers['content-type'], JSON.parse(body)]).toEqual([
      400,
      'application/json; charset=utf-8',
      { error: { message: 'failed to introspect request with AI service: status code 500' } },
    ]);
    expect(service.seen).toHaveLength(before);
  });

  it('refuses a body that is no text', async () => {
    const { status: answered, body } = await ask({}, { body: Buffer.from([0xff, 0xfe, 0x00]) });

    expect([answered, JSON.parse(body)]).toEqual([
      400,
      { error: { message: 'failed to introspect request with AI service: the body is not text in UTF-8' } },
    ]);
  });

  it('takes bodies of max_request_body_size bytes and no larger ones, inflated as well', async () => {
    const limited = { max_request_body_size: 1000 };
    const gzip = { ...JSON_TYPE, 'content-encoding': 'gzip' };

    expect((await ask(limited, { body: 'x'.repeat(1000) })).status).toBe(200);
    expect((await ask(limited, { headers: gzip, body: gzipSync('x'.repeat(1000)) })).status).toBe(200);
    expect((await ask({ max_request_body_size: 0 }, { body: 'x'.repeat(2 * 1024 * 1024) })).status).toBe(200);
    const asked = model.requests.length;
    for (const [headers, body] of [
      [JSON_TYPE, 'x'.repeat(1001)],
      [gzip, gzipSync('x'.repeat(1001))],
    ] as const) {
      const refused = await ask(limited, { headers, body });
      expect([refused.status, JSON.parse(refused.body)]).toEqual([
        400,
        { error: { message: "request body doesn't contain valid prompts" } },
      ]);
    }
    expect(model.requests).toHaveLength(asked);
  });

  it('answers 400 with the variable’s name when its key is not there', async () => {
    const access = plugins.request(
      { prompt: 'x', llm: modelAt(model.url) },
      { unresolved: [{ path: 'llm.auth.header_value', reference: '{vault://env/model-key}', missing: 'MODEL_KEY' }] },
    );
    const { status: answered, body } = await desk.ask({ method: 'POST', body: '{}', access });

    expect(answered).toBe(400);
    expect(JSON.parse(body)).toMatchObject({ error: { code: 'gateway_key_missing' } });
    expect(body).toContain('MODEL_KEY');
    expect(model.requests).toHaveLength(0);
  });

  it('lets go of the model when the client leaves', async () => {
    model.next(silence);
    const arrived = model.nextRequest();
    const before = service.seen.length;
    const access = plugins.request({ prompt: 'x', llm: modelAt(model.url) });
    await desk.askAndLeave({ method: 'POST', body: '{}', access }, arrived);

    expect(await (await arrived).ended).toMatchObject({ how: 'left' });
    expect(service.seen).toHaveLength(before);
  });
});

describe('ai-request-transformer logs under its own key', () => {
  it('what the call was and cost', async () => {
    const options = { upstream_url: `${model.url}/v1/chat/completions`, input_cost: 10, output_cost: 10 };
    const { request } = await ask({ llm: modelAt(model.url, { model: { options } }) });

    const { meta, usage, cache, ...rest } = logged(request) ?? {};
    expect(meta).toEqual({
      plugin_id: 'plugin',
      provider_name: 'openai',
      request_model: 'UNSPECIFIED',
      response_model: 'gpt-tr-2026',
      llm_latency: expect.any(Number),
      request_mode: 'oneshot',
    });
    // The example of Kong's own tests.
    expect(usage).toMatchObject({ prompt_tokens: 25, completion_tokens: 12, total_tokens: 37, cost: 0.00037 });
    expect(Number.isInteger((usage as { time_per_token: number }).time_per_token)).toBe(true);
    expect(cache).toEqual({});
    expect(rest).toEqual({});
  });

  it('the bodies when asked to, without the key', async () => {
    const auth = { param_name: 'api_key', param_value: 'sk-in-the-body', param_location: 'body' };
    const header = { header_name: 'Authorization', header_value: `Bearer ${UPSTREAM_KEY}` };
    const { request } = await ask({
      llm: modelAt(model.url, { auth: { ...header, ...auth }, logging: { log_payloads: true } }),
    });

    const { payload, ...rest } = logged(request) as { payload: { request: string; response: string } };
    expect(JSON.parse(payload.request)).toMatchObject({ model: 'gpt-tr', api_key: 'REDACTED' });
    expect(payload.response).toBe(completion('{"written":"by the model"}'));
    expect(rest).toEqual({});
    expect(model.requests.at(-1)?.body.toString()).toContain('sk-in-the-body');
  });

  it('of a call that failed the bodies alone', async () => {
    model.next(status(429, '{"error":"slow down"}'));
    const { request } = await ask({
      llm: modelAt(model.url, { logging: { log_payloads: true, log_statistics: true } }),
    });

    expect(Object.keys(logged(request) ?? {})).toEqual(['payload']);
    expect(logged(request)).toMatchObject({ payload: { response: '{"error":"slow down"}' } });
  });

  it('nothing unless asked to', async () => {
    const { request } = await ask({ llm: modelAt(model.url, { logging: {} }) });

    expect(logged(request)).toBeUndefined();
  });
});
