import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { answerInKind, error, type StreamManners, status } from '../support/answers.js';
import { runCodex, startCodex } from '../support/codex-client.js';
import { eventually } from '../support/eventually.js';
import { defaultText } from '../support/openai-wire.js';
import { clients, mark, Stage } from './stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage?.close());

describe.each(clients)('%s', (_, client) => {
  const say = (prompt: string) => runCodex({ ...client, baseUrl: stage.baseUrl, prompt: `Hello ${prompt}` });

  it.each<[string, StreamManners]>([
    ['whose events come half a second apart', { delay: 500 }],
    ['that is compressed', { gzip: true }],
    ['in pieces of three bytes', { split: 3 }],
    ['with CRLF line ends', { crlf: true }],
    ['with comments', { comments: true }],
    ['in one piece', { together: true }],
    ['with events of kinds nobody knows', { strangers: true }],
    ['without event names', { unnamed: true }],
  ])('understands a stream %s, and its usage is logged', async (_how, manners) => {
    const hello = mark();
    stage.upstream.when(
      hello,
      answerInKind({ ...manners, usage: { input: 100, output: 20, cached: 80, reasoning: 10 } }),
    );

    const run = await say(hello);

    expect(run).toMatchObject({ exit: 0, final: defaultText });
    const received = stage.upstream.requestsWith(hello);
    expect(received).toHaveLength(1);
    const line = await stage.logLineOf(received[0] as (typeof received)[0]);
    expect(line.ai).toMatchObject({
      proxy: {
        usage: {
          prompt_tokens: 100,
          completion_tokens: 20,
          total_tokens: 120,
          prompt_tokens_details: { cached_tokens: 80 },
          completion_tokens_details: { reasoning_tokens: 10 },
        },
      },
    });
  });

  it('tries again by itself while the upstream is unavailable; the gateway adds no tries of its own', async () => {
    const hello = mark();
    stage.upstream.when(hello, status(503), status(503), answerInKind());

    expect(await say(hello)).toMatchObject({ exit: 0, final: defaultText });
    expect(stage.upstream.requestsWith(hello)).toHaveLength(3);
  });

  it('waits as long as the upstream asks', async () => {
    const hello = mark();
    const busy = error(429, 'rate_limit_exceeded', 'rate_limit_exceeded', { 'retry-after': '1' });
    stage.upstream.when(hello, busy, answerInKind());

    expect(await say(hello)).toMatchObject({ exit: 0, final: defaultText });
    const [first, second] = stage.upstream.requestsWith(hello);
    expect((second?.headAt ?? 0) - (first?.headAt ?? 0)).toBeGreaterThan(950);
  });

  it.each(['reset', 'end'] as const)(
    'recovers from a stream that breaks off (%s), which is not logged as a whole one',
    async (how) => {
      const hello = mark();
      stage.upstream.when(hello, answerInKind({ breakAfter: { events: 6, how } }), answerInKind());

      expect(await say(hello)).toMatchObject({ exit: 0, final: defaultText });
      const [broken, whole] = await Promise.all(
        stage.upstream.requestsWith(hello).map((request) => stage.logLineOf(request)),
      );
      expect(whole?.ai).toMatchObject({ proxy: { usage: { total_tokens: 18 } } });
      expect(broken?.ai).not.toMatchObject({ proxy: { usage: { total_tokens: expect.any(Number) } } });
    },
  );

  it('gives up after one request when its context is too long', async () => {
    const hello = mark();
    stage.upstream.when(hello, answerInKind({ ending: { kind: 'failed', code: 'context_length_exceeded' } }));

    const run = await say(hello);

    expect(run.exit).toBe(1);
    expect(stage.upstream.requestsWith(hello)).toHaveLength(1);
  });

  it('killed in mid-stream: the upstream is let go within a second', async () => {
    const hello = mark();
    stage.upstream.when(hello, answerInKind({ breakAfter: { events: 6, how: 'stall' } }));
    const codex = await startCodex({ ...client, baseUrl: stage.baseUrl, prompt: `Hello ${hello}` });
    const request = await eventually('the request', () => stage.upstream.requestsWith(hello)[0], 30_000);

    codex.kill();
    const killedAt = performance.now();
    const ended = await request.ended;

    expect(ended.how).toBe('left');
    expect(ended.at - killedAt).toBeLessThan(1000);
    expect((await stage.logLineOf(request)).response.status).toBe(499);
    await codex.outcome;
  });
});
