import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { modelAt, says } from '../support/ai-transformers.js';
import { silence } from '../support/answers.js';
import { call } from '../support/call.js';
import { type EchoUpstream, echoUpstream } from '../support/echo-upstream.js';
import { type FakeUpstream, fakeUpstream, UPSTREAM_KEY } from '../support/fake-upstream.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

let service: EchoUpstream;
/** The model that transforms, and the one clients talk to. */
let small: FakeUpstream;
let large: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  service = await echoUpstream();
  small = await fakeUpstream();
  large = await fakeUpstream();
  gateway = await startGateway(({ fileLog }) => configuration(fileLog));
});
afterAll(async () => {
  await gateway?.stop();
  await service?.close();
  await small?.close();
  await large?.close();
});

function configuration(fileLog: string) {
  const shared = { prompt: 'Rewrite', llm: modelAt(small.url) };
  const chat = {
    name: 'ai-proxy-advanced',
    config: {
      targets: [
        {
          route_type: 'llm/v1/chat',
          auth: { header_name: 'Authorization', header_value: `Bearer ${UPSTREAM_KEY}` },
          model: { provider: 'openai', name: 'gpt-4o', options: { upstream_url: `${large.url}/v1/chat/completions` } },
          logging: { log_statistics: true },
        },
      ],
    },
  };
  const request = { name: 'ai-request-transformer', config: shared };
  const response = { name: 'ai-response-transformer', config: shared };
  const instructed = { ...response, config: { ...shared, parse_llm_response_json_instructions: true } };
  const route = (name: string, ...plugins: object[]) => ({
    name,
    url: service.url,
    routes: [{ name, paths: [`/${name}`] }],
    plugins,
  });
  return {
    _format_version: '3.0',
    services: [
      route('request', request),
      route('response', response),
      route('instructed', instructed),
      route('request-to-model', request, chat),
      route('answer-of-model', response, chat),
      route('both', request, response, chat),
    ],
    plugins: [
      { name: 'file-log', config: { path: fileLog } },
      { name: 'prometheus', config: { ai_metrics: true } },
    ],
  };
}

const HI = { messages: [{ role: 'user', content: 'Hi' }] };
const loggedAs = async (uri: string) => {
  const line = await gateway.logLine(({ request }) => request.uri === uri);
  return { ...line, ai: line.ai as Record<string, { meta?: object; usage?: object; tried_targets?: object[] }> };
};

describe('in front of a plain Service', () => {
  it('a model rewrites the request', async () => {
    small.next(says('{"city":"Bern","country":"Switzerland"}'));
    const answer = await call(`${gateway.proxy}/request?1`, { body: { city: 'Bern' } });

    expect(answer.json()).toMatchObject({ body: '{"city":"Bern","country":"Switzerland"}', path: '/?1' });
    expect(await loggedAs('/request?1')).toMatchObject({
      ai: { 'ai-request-transformer': { usage: { prompt_tokens: 25, completion_tokens: 12, total_tokens: 37 } } },
      upstream_status: '200',
      source: 'upstream',
    });
  });

  it('a model rewrites the answer', async () => {
    small.next(says((given) => `rewritten: ${(JSON.parse(given) as { body: string }).body}`));
    const answer = await call(`${gateway.proxy}/response?2`, { body: { city: 'Bern' } });

    expect([answer.status, answer.text]).toEqual([200, 'rewritten: {"city":"Bern"}']);
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'content-length': '26' });
    expect(answer.headers).toHaveProperty('x-kong-response-latency');
    expect(await loggedAs('/response?2')).toMatchObject({
      ai: { 'ai-response-transformer': { usage: { total_tokens: 37 } } },
      upstream_uri: '/?2',
      upstream_status: '200',
      source: 'kong',
      tries: [{ port: service.port }],
    });
  });

  it('a model decides on status and headers', async () => {
    small.next(says('{"status":209,"headers":{"content-type":"application/xml"},"body":"<a/>"}'));
    const answer = await call(`${gateway.proxy}/instructed`, { body: {} });

    expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([209, 'application/xml', '<a/>']);
  });

  it('a model cannot smuggle a second answer into the connection', async () => {
    const smuggled = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
    small.next(says(JSON.stringify({ headers: { 'x-a': `1\r\n\r\n${smuggled}` }, body: '' })));
    const answer = await call(`${gateway.proxy}/instructed`, { body: {} });

    expect([answer.status, answer.json<{ error: { message: string } }>().error.message]).toEqual([
      500,
      'failed to parse JSON response instructions from AI backend: ' +
        'the value of the header "x-a" holds what no header may hold',
    ]);
  });

  it.each(['request', 'response'])('a client that leaves takes the call of the model with it (%s)', async (path) => {
    small.next(silence);
    const arrived = small.nextRequest();
    const client = connect(gateway.proxyPort, '127.0.0.1');
    client.write(`POST /${path}?left HTTP/1.1\r\nHost: gateway.test\r\nContent-Length: 2\r\n\r\n{}`);
    const { ended } = await arrived;
    client.destroy();

    expect(await ended).toMatchObject({ how: 'left' });
    expect(await loggedAs(`/${path}?left`)).toMatchObject({ response: { status: 499 } });
  });
});

describe('in front of ai-proxy-advanced', () => {
  it('a model rewrites what another model is asked', async () => {
    small.next(says('{"messages":[{"role":"user","content":"Bonjour"}]}'));
    const answer = await call(`${gateway.proxy}/request-to-model?5`, { body: HI });

    expect(answer.status).toBe(200);
    expect(JSON.parse(large.requests.at(-1)?.body.toString() ?? '')).toMatchObject({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'Bonjour' }],
    });
    const { ai } = await loggedAs('/request-to-model?5');
    expect(ai['ai-request-transformer']).toMatchObject({ meta: { response_model: 'gpt-tr-2026' } });
    expect(ai['proxy']).toMatchObject({ meta: { request_model: 'gpt-4o' }, usage: { prompt_tokens: 11 } });
  });

  it('a model rewrites what another model answers', async () => {
    small.next(says((given) => JSON.stringify({ of: (JSON.parse(given) as { model: string }).model })));
    const answer = await call(`${gateway.proxy}/answer-of-model?6`, { body: HI });

    expect([answer.status, answer.json(), answer.headers['x-kong-llm-model']]).toEqual([
      200,
      { of: 'gpt-4o' },
      'openai/gpt-4o',
    ]);
    const { ai } = await loggedAs('/answer-of-model?6');
    expect(ai['proxy']).toMatchObject({ usage: { prompt_tokens: 11 }, tried_targets: [{ port: large.port }] });
    expect(ai['ai-response-transformer']).toMatchObject({ usage: { total_tokens: 37 } });
  });

  it('one model may do both', async () => {
    small.next(says('{"messages":[{"role":"user","content":"Bonjour"}]}'), says('Hello'));
    const answer = await call(`${gateway.proxy}/both?7`, { body: HI });

    expect([answer.status, answer.text]).toEqual([200, 'Hello']);
    expect(Object.keys((await loggedAs('/both?7')).ai).sort()).toEqual([
      'ai-request-transformer',
      'ai-response-transformer',
      'proxy',
    ]);
  });

  it('a stream is refused where it would have to be held back, and passes where not', async () => {
    const refused = await call(`${gateway.proxy}/answer-of-model`, { body: { ...HI, stream: true } });
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('streaming is not enabled')]);

    small.next(says(JSON.stringify({ ...HI, stream: true })));
    const streamed = await call(`${gateway.proxy}/request-to-model`, { body: HI });
    expect(streamed.headers['content-type']).toMatch('text/event-stream');
    expect(streamed.text).toMatch(/data: \[DONE\]\n\n$/);
  });

  it('what the model wrote is judged as a client’s request would be', async () => {
    small.next(says('Sure! What would you like to know?'));
    const answer = await call(`${gateway.proxy}/request-to-model`, { body: HI });

    expect([answer.status, answer.json()]).toEqual([
      400,
      { error: { message: "request body doesn't contain valid prompts" } },
    ]);
  });
});

it('each use of a model is counted by itself', async () => {
  small.next(says('{"messages":[{"role":"user","content":"Bonjour"}]}'));
  await call(`${gateway.proxy}/request-to-model?8`, { body: HI });
  await loggedAs('/request-to-model?8');
  const page = await gateway.metrics();

  for (const model of ['UNSPECIFIED', 'gpt-4o']) {
    expect(page).toMatch(new RegExp(`^kong_ai_llm_requests_total\\{ai_provider="openai",ai_model="${model}",`, 'm'));
    expect(page).toMatch(new RegExp(`^kong_ai_llm_tokens_total\\{ai_provider="openai",ai_model="${model}",`, 'm'));
  }
});

it('no key is in anything that is logged or printed', async () => {
  const lines = JSON.stringify(gateway.logLines());

  expect(lines).not.toContain(UPSTREAM_KEY);
  expect(gateway.log()).not.toContain(UPSTREAM_KEY);
});
