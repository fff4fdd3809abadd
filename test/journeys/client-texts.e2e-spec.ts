import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { call } from '../support/call.js';
import { type EchoUpstream, echoUpstream } from '../support/echo-upstream.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

/** Texts of clients that go into heads and lines of ours: they must neither end one early nor keep it from being written. */
describe('what a client says', () => {
  let upstream: EchoUpstream;
  let gateway: Gateway;

  beforeAll(async () => {
    upstream = await echoUpstream();
    const model = { provider: 'openai', options: { upstream_url: `${upstream.url}/v1/chat/completions` } };
    gateway = await startGateway({
      _format_version: '3.0',
      services: [
        { name: 'plain', url: upstream.url, routes: [{ name: 'plain', paths: ['~/plain/[^/]*'] }] },
        {
          name: 'ai',
          url: upstream.url,
          routes: [{ name: 'ai', paths: ['/ai'] }],
          plugins: [{ name: 'ai-proxy', config: { route_type: 'llm/v1/chat', model } }],
        },
      ],
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
  });

  it('in a path that a Route strips goes upstream encoded, and counts as no failure of the upstream', async () => {
    const answer = await call(`${gateway.proxy}/plain/a%0D%0AX-Evil:%20%C3%A9/rest`, { method: 'GET' });

    expect(answer.status).toBe(200);
    expect(upstream.seen.at(-1)?.headers).toMatchObject({ 'x-forwarded-prefix': '/plain/a%0D%0AX-Evil: Ã©' });
    expect(upstream.seen.at(-1)?.headers).not.toHaveProperty('x-evil');
  });

  it.each([
    ['a\r\nX-Evil: 1', 'openai/a%0D%0AX-Evil: 1'],
    ['a\u0000\u007f', 'openai/a%00%7F'],
    ['模型', Buffer.from('openai/模型').toString('latin1')],
  ])('as a model (%j) is told back as a header can tell it', async (model, told) => {
    const body = { model, messages: [{ role: 'user', content: 'Hi' }] };
    const answer = await call(`${gateway.proxy}/ai`, { body });

    expect(answer.status).toBe(200);
    expect(answer.headers['x-kong-llm-model']).toBe(told);
    expect(answer.headers).not.toHaveProperty('x-evil');
  });
});
