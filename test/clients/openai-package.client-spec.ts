import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { error } from '../support/answers.js';
import { CLIENT_KEY } from '../support/codex-client.js';
import { defaultText } from '../support/openai-wire.js';
import { Stage } from './stage.js';

/** What of the `openai` package the tests use; the package itself is no dependency. */
interface OpenAi {
  readonly responses: {
    create(asked: object): Promise<{ output_text: string } & AsyncIterable<{ type: string; delta?: string }>>;
  };
  readonly chat: { readonly completions: { create(asked: object): Promise<ChatAnswer & AsyncIterable<ChatChunk>> } };
}
interface ChatAnswer {
  readonly choices: { readonly message: { readonly content: string } }[];
  readonly usage: { readonly total_tokens: number };
}
interface ChatChunk {
  readonly choices: { readonly delta: { readonly content?: string } }[];
}

function client(baseURL: string, maxRetries = 0): OpenAi {
  const folder = process.env['CLIENT_OPENAI_PACKAGE'];
  if (folder === undefined) throw new Error('the openai package is not installed: run "npm run test:clients"');
  const required = createRequire(join(folder, 'package.json'))('openai') as { OpenAI: new (options: object) => OpenAi };
  return new required.OpenAI({ baseURL, apiKey: CLIENT_KEY, maxRetries });
}

describe('the openai package', () => {
  let stage: Stage;
  let openai: OpenAi;
  const asked = { model: 'gpt-4o', input: 'Hello' };

  beforeAll(async () => {
    stage = await Stage.open();
    openai = client(stage.baseUrl);
  });
  afterAll(async () => {
    expect(stage.leaks()).toEqual([]);
    await stage.close();
  });

  it('gets a response', async () => {
    expect((await openai.responses.create(asked)).output_text).toBe(defaultText);
  });

  it('gets a response as a stream', async () => {
    const types: string[] = [];
    let text = '';
    for await (const event of await openai.responses.create({ ...asked, stream: true })) {
      types.push(event.type);
      if (event.type === 'response.output_text.delta') text += event.delta;
    }

    expect(text).toBe(defaultText);
    expect(types.at(-1)).toBe('response.completed');
  });

  it('waits and tries again as the upstream asks', async () => {
    stage.upstream.next(error(429, 'rate_limit_exceeded', 'rate_limit_exceeded', { 'retry-after-ms': '50' }));

    expect((await client(stage.baseUrl, 2).responses.create(asked)).output_text).toBe(defaultText);
  });

  it('gets the upstream’s error as its own class of error', async () => {
    stage.upstream.next(error(400, 'invalid_request_error', 'unsupported_value'));

    await expect(openai.responses.create(asked)).rejects.toMatchObject({ status: 400, code: 'unsupported_value' });
  });
});

describe('the openai package on a chat route', () => {
  let stage: Stage;
  let openai: OpenAi;
  const asked = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }] };

  beforeAll(async () => {
    stage = await Stage.open({ routeType: 'llm/v1/chat' });
    openai = client(stage.baseUrl);
  });
  afterAll(async () => {
    expect(stage.leaks()).toEqual([]);
    await stage.close();
  });

  it('gets a completion', async () => {
    const answer = await openai.chat.completions.create(asked);

    expect(answer.choices[0]?.message.content).toBe(defaultText);
    expect(answer.usage.total_tokens).toBe(18);
  });

  it('gets a completion as a stream, whose usage the log has though the client did not ask for it', async () => {
    let text = '';
    for await (const chunk of await openai.chat.completions.create({ ...asked, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? '';
    }

    expect(text).toBe(defaultText);
    const request = stage.upstream.requests.at(-1) as (typeof stage.upstream.requests)[0];
    expect((await stage.logLineOf(request)).ai).toMatchObject({ proxy: { usage: { total_tokens: 18 } } });
  });
});
