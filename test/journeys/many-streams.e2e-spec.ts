import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { codexRequest, type OpenCall, open } from '../support/call.js';
import { codexHowTo } from '../support/codex-how-to.js';
import { deferred } from '../support/deferred.js';
import { eventually } from '../support/eventually.js';
import { type FakeUpstream, fakeUpstream } from '../support/fake-upstream.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

const STREAMS = 2000;
/** Of opening at once; more would test the backlog of this machine's kernel. */
const BURST = 200;

describe('one process', () => {
  let upstream: FakeUpstream;
  let gateway: Gateway;

  beforeAll(async () => {
    upstream = await fakeUpstream();
    gateway = await startGateway(codexHowTo({ upstream }));
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
  });

  it(`carries ${STREAMS} streams at the same time, each with its own answer`, async () => {
    const everyoneIsHere = deferred();
    upstream.always(async ({ request, response }) => {
      const { prompt_cache_key: key } = JSON.parse(request.body.toString()) as { prompt_cache_key: string };
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: {"type":"response.output_text.delta","delta":"${key}"}\n\n`);
      await everyoneIsHere.promise;
      const usage = { input_tokens: 3, output_tokens: 2, total_tokens: 5 };
      const completed = { type: 'response.completed', response: { id: key, model: 'gpt-4o', usage } };
      response.end(`event: response.completed\ndata: ${JSON.stringify(completed)}\n\n`);
    });

    const streams: { key: string; call: OpenCall; first: string }[] = [];
    for (let start = 0; start < STREAMS; start += BURST) {
      const burst = Array.from({ length: BURST }, async (_, index) => {
        const key = `stream-${start + index}`;
        const call = await open(`${gateway.proxy}/codex/responses`, { body: codexRequest({ prompt_cache_key: key }) });
        streams.push({ key, call, first: String(await call.nextChunk()) });
      });
      await Promise.all(burst);
    }
    expect(upstream.requests).toHaveLength(STREAMS);
    everyoneIsHere.resolve();
    const texts = await Promise.all(
      streams.map(async ({ key, call, first }) => {
        let text = first;
        for (let chunk = await call.nextChunk(); chunk; chunk = await call.nextChunk()) text += chunk;
        return { key, text };
      }),
    );

    const mixedUp = texts.filter(({ key, text }) => !text.includes(`"${key}"`) || !text.includes(`"id":"${key}"`));
    expect(mixedUp).toEqual([]);
    const lines = await gateway.atLeastLogLines(STREAMS);
    expect(lines).toHaveLength(STREAMS);
    const metrics = await eventually('the counters to have seen every stream', async () => {
      const page = await gateway.metrics();
      return page.includes(`kong_ai_llm_requests_total`) ? page : undefined;
    });
    expect(metrics).toMatch(
      new RegExp(`^kong_ai_llm_tokens_total\\{.*token_type="total_tokens".*\\} ${5 * STREAMS}$`, 'm'),
    );
  }, 90_000);
});
