import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { call, codexRequest } from '../support/call.js';
import { type FakeUpstream, fakeUpstream, UPSTREAM_KEY } from '../support/fake-upstream.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

/** A shipped file, word for word, but for the provider's address and the log's place. */
function shipped(file: string, upstream: FakeUpstream, fileLog: string): string {
  return readFileSync(file, 'utf8')
    .replace(/^( *)provider: "?openai.*$/m, `$&\n$1options:\n$1  upstream_url: ${upstream.url}/v1/responses`)
    .replace('/tmp/file.json', fileLog);
}

describe.each([
  ['config/codex-how-to.yaml', { DECK_OPENAI_API_KEY: UPSTREAM_KEY }],
  ['config/kong.yaml', { OPENAI_AUTH_HEADER: `Bearer ${UPSTREAM_KEY}` }],
])('the how-to, with %s', (file, env) => {
  let upstream: FakeUpstream;
  let gateway: Gateway;

  beforeAll(async () => {
    upstream = await fakeUpstream();
    gateway = await startGateway(({ fileLog }) => shipped(file, upstream, fileLog), { env });
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
  });

  it('answers the request check: POST /codex with a prompt is 200', async () => {
    const answer = await call(`${gateway.proxy}/codex`, {
      body: { model: 'gpt-4o', input: [{ role: 'user', content: 'Ping' }] },
    });

    expect(answer.status).toBe(200);
    expect(answer.headers['x-kong-llm-model']).toBe('openai/gpt-4o');
    expect(answer.json()).toMatchObject({ object: 'response', model: 'gpt-4o' });
  });

  it.each(['/codex', '/codex/', '/codex/responses', '/codex//responses', '/codex/v1/responses'])(
    'sends %s to /v1/responses and nothing else',
    async (path) => {
      const answer = await call(`${gateway.proxy}${path}`, { body: codexRequest({ stream: false }) });

      expect(answer.status).toBe(200);
      expect(upstream.requests.at(-1)?.url).toBe('/v1/responses');
    },
  );

  it('sends its own key in the place of the client’s, and everything else as the client wrote it', async () => {
    const body = codexRequest({ 'a member of the future': { nested: [1.0, 'ü', null] } });

    const answer = await call(`${gateway.proxy}/codex/responses`, {
      body,
      headers: {
        authorization: 'Bearer sk-xxx',
        'openai-organization': 'org-of-the-client',
        'openai-project': 'proj-of-the-client',
        'chatgpt-account-id': 'acc-of-the-client',
        session_id: '01a201de-886c-7503',
        originator: 'codex_exec',
        'x-codex-turn-metadata': '{"sandbox":"none"}',
      },
    });

    expect(answer.status).toBe(200);
    const received = upstream.requests.at(-1);
    expect(received?.headers).toMatchObject({
      authorization: `Bearer ${UPSTREAM_KEY}`,
      host: '127.0.0.1',
      session_id: '01a201de-886c-7503',
      originator: 'codex_exec',
      'x-codex-turn-metadata': '{"sandbox":"none"}',
    });
    expect(received?.body.toString()).toBe(JSON.stringify(body));
    const everything = `${received?.rawHeaders.join('\n')}\n${received?.body}`;
    expect(everything).not.toMatch(/sk-xxx|of-the-client/);
  });

  it('logs the line of the page: tried_targets with exactly its fields', async () => {
    await call(`${gateway.proxy}/codex/responses`, {
      body: codexRequest(),
      headers: { authorization: 'Bearer sk-xxx' },
    });
    const id = upstream.requests.at(-1)?.headers['x-kong-request-id'];

    const line = await gateway.logLine(({ request }) => request.id === id);

    expect(line.ai).toMatchObject({
      proxy: {
        tried_targets: [
          {
            ip: '127.0.0.1',
            route_type: 'llm/v1/responses',
            port: upstream.port,
            upstream_scheme: 'http',
            host: '127.0.0.1',
            upstream_uri: '/v1/responses',
            provider: 'openai',
          },
        ],
        usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
      },
    });
    const { proxy } = line.ai as { proxy: { tried_targets: object[] } };
    expect(Object.keys(proxy.tried_targets[0] ?? {}).sort()).toEqual(
      ['host', 'ip', 'port', 'provider', 'route_type', 'upstream_scheme', 'upstream_uri'].sort(),
    );
    expect(line).toMatchObject({
      request: { uri: '/codex/responses', headers: { authorization: 'REDACTED' } },
      response: { status: 200 },
      upstream_uri: '/v1/responses',
      upstream_status: '200',
      service: { name: 'codex-service' },
      route: { name: 'codex-route' },
      source: 'upstream',
    });
    expect(JSON.stringify(line)).not.toMatch(/sk-/);
  });

  it('keeps both keys out of everything it prints', () => {
    expect(gateway.log()).not.toMatch(/sk-upstream|sk-xxx/);
  });
});

it('counts what the how-to’s traffic used, with the shipped configuration', async () => {
  const upstream = await fakeUpstream();
  const gateway = await startGateway(({ fileLog }) => shipped('config/kong.yaml', upstream, fileLog), {
    env: { OPENAI_AUTH_HEADER: `Bearer ${UPSTREAM_KEY}` },
  });
  try {
    await call(`${gateway.proxy}/codex/responses`, { body: codexRequest() });
    await gateway.logLine();

    const page = await gateway.metrics();

    const labels =
      'service="codex-service",route="codex-route",code="200",source="service",workspace="default",consumer=""';
    expect(page).toContain(`kong_http_requests_total{${labels}} 1`);
    for (const [kind, count] of Object.entries({ prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 })) {
      expect(page).toMatch(
        new RegExp(
          `^kong_ai_llm_tokens_total\\{ai_provider="openai",ai_model="gpt-4o",.*token_type="${kind}".*\\} ${count}$`,
          'm',
        ),
      );
    }
  } finally {
    await gateway.stop();
    await upstream.close();
  }
});

it('starts without the key, says which variable is missing, and does not send the client’s own key on', async () => {
  const upstream = await fakeUpstream();
  const gateway = await startGateway(({ fileLog }) => shipped('config/kong.yaml', upstream, fileLog));
  try {
    const answer = await call(`${gateway.proxy}/codex`, {
      body: codexRequest({ stream: false }),
      headers: { authorization: 'Bearer sk-xxx' },
    });

    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(gateway.log()).toContain('OPENAI_AUTH_HEADER');
    expect(upstream.requests.map(({ headers }) => headers.authorization ?? '')).not.toContain('Bearer sk-xxx');
  } finally {
    await gateway.stop();
    await upstream.close();
  }
});
