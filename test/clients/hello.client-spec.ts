import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CodexOrder, runCodex } from '../support/codex-client.js';
import { defaultText } from '../support/openai-wire.js';
import { mark, Stage } from './stage.js';

/** Any answer to a WebSocket upgrade but 101 and 426 costs the client six seconds or more. */
const QUICK_MS = 5000;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage?.close());

describe.each<[string, Pick<CodexOrder, 'generation' | 'via' | 'auth'>]>([
  ['Codex of the how-to, by OPENAI_BASE_URL', { generation: 'old', via: 'env' }],
  ['Codex of the how-to, signed in with a key', { generation: 'old', via: 'env', auth: 'login' }],
  ['Codex of the how-to, by a provider of its own', { generation: 'old', via: 'provider' }],
  ['newest Codex, by a provider of its own', { generation: 'new', via: 'provider' }],
  ['newest Codex, by openai_base_url, signed in with a key', { generation: 'new', via: 'config', auth: 'login' }],
  ['newest Codex, by openai_base_url, signed in with ChatGPT', { generation: 'new', via: 'config', auth: 'chatgpt' }],
])('%s', (_, client) => {
  it('says hello: answered, with our key upstream and not the client’s, and with its usage in the log', async () => {
    const hello = mark();

    const run = await runCodex({ ...client, baseUrl: stage.baseUrl, prompt: `Hello ${hello}` });

    expect(run).toMatchObject({ exit: 0, final: defaultText });
    expect(run.output).not.toMatch(/Reconnecting|Falling back/);
    expect(run.ms).toBeLessThan(QUICK_MS);
    expect(run.foreignHosts.filter((host) => host.startsWith('api.openai.com'))).toEqual([]);
    const received = stage.upstream.requestsWith(hello);
    expect(received.map(({ method, url }) => `${method} ${url}`)).toEqual(['POST /v1/responses']);
    const [request] = received;
    expect(request?.headers['content-encoding']).toBeUndefined();
    expect(JSON.parse(String(request?.body))).toMatchObject({ model: 'gpt-4o', stream: true, store: false });
    expect(stage.leaks()).toEqual([]);
    const line = await stage.logLineOf(request as NonNullable<typeof request>);
    expect(line.response.status).toBe(200);
    expect(line.ai).toMatchObject({
      proxy: {
        usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
        meta: { request_model: 'gpt-4o', request_mode: 'stream' },
      },
    });
  });
});

it('the newest Codex is told at once that there is no WebSocket', async () => {
  const before = stage.gateway.logLines().length;

  await runCodex({
    generation: 'new',
    via: 'config',
    auth: 'login',
    baseUrl: stage.baseUrl,
    prompt: `Hello ${mark()}`,
  });

  const lines = (await stage.gateway.atLeastLogLines(before + 2)).slice(before);
  const upgrades = lines.filter(({ request }) => request.method === 'GET' && request.uri.endsWith('/responses'));
  expect(upgrades.map(({ response }) => response.status)).toEqual([426]);
});

it.each<[string, Pick<CodexOrder, 'via' | 'auth'>, string]>([
  // 426 says that there is no WebSocket, which the doctor mentions and does not call a failure.
  ['its built-in provider', { via: 'config', auth: 'login' }, '⚠ websocket'],
  ['a provider of its own', { via: 'provider' }, '✓ websocket'],
])('the newest Codex, asked for a diagnosis with %s, finds no failure', async (_, client, webSocket) => {
  const order = { ...client, generation: 'new', baseUrl: stage.baseUrl, prompt: '', command: ['doctor'] } as const;

  const { output } = await runCodex(order);

  expect(output).toContain('✓ reachability');
  expect(output).toContain(webSocket);
  expect(output).toContain(' 0 fail ');
});

it('the Codex of the how-to speaks Chat Completions on a chat route, and its usage is logged', async () => {
  const chat = await Stage.open({ routeType: 'llm/v1/chat' });
  try {
    const order = { generation: 'old', via: 'provider', wireApi: 'chat', baseUrl: chat.baseUrl } as const;

    const run = await runCodex({ ...order, prompt: 'Hello' });

    expect(run).toMatchObject({ exit: 0, final: defaultText });
    const [request] = chat.upstream.requests;
    expect(request?.url).toBe('/v1/chat/completions');
    const line = await chat.logLineOf(request as NonNullable<typeof request>);
    expect(line.ai).toMatchObject({ proxy: { usage: { total_tokens: 18 } } });
  } finally {
    await chat.close();
  }
});

it('the newest Codex copes with a Route that takes POST only', async () => {
  const strict = await Stage.open({ route: { methods: ['POST'] } });
  try {
    const order = { generation: 'new', via: 'config', auth: 'login', baseUrl: strict.baseUrl } as const;

    const run = await runCodex({ ...order, prompt: 'Hello' });

    expect(run).toMatchObject({ exit: 0, final: defaultText });
  } finally {
    await strict.close();
  }
});
