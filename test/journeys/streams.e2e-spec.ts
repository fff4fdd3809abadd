import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { answerInKind, recorded } from '../support/answers.js';
import { call, codexRequest, open, readToTheEnd } from '../support/call.js';
import { codexHowTo } from '../support/codex-how-to.js';
import { deferred } from '../support/deferred.js';
import { eventually } from '../support/eventually.js';
import { type FakeUpstream, fakeUpstream } from '../support/fake-upstream.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

const MEGABYTE = 1024 * 1024;

describe('a stream', () => {
  let upstream: FakeUpstream;
  let gateway: Gateway;
  let url: string;

  beforeAll(async () => {
    upstream = await fakeUpstream();
    gateway = await startGateway(codexHowTo({ upstream }));
    url = `${gateway.proxy}/codex/responses`;
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
  });
  afterEach(() => upstream.always(answerInKind()));

  /** The log line of the request that carried this mark. */
  async function logLineOf(mark: string) {
    const [received] = upstream.requestsWith(mark);
    const id = received?.headers['x-kong-request-id'];
    return gateway.logLine(({ request }) => request.id === id);
  }

  it('reaches the client event by event: each arrives before the upstream has sent the next', async () => {
    const arrived = Array.from({ length: 20 }, () => deferred());
    upstream.next(async ({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const [index, { promise }] of arrived.entries()) {
        response.write(`data: {"type":"response.output_text.delta","delta":"${index}"}\n\n`);
        await promise; // The next event is not even written before the client has this one.
      }
      response.end('data: {"type":"response.completed","response":{"id":"resp_1"}}\n\n');
    });

    const stream = await open(url, { body: codexRequest() });
    let text = '';
    for (const [index, { resolve }] of arrived.entries()) {
      while (!text.includes(`"delta":"${index}"}\n\n`)) text += await stream.nextChunk();
      resolve();
    }
    const rest = await readToTheEnd(stream);

    expect(rest.whole).toBe(true);
    expect(rest.text).toContain('response.completed');
  });

  it('sends its head before the first event is there', async () => {
    const headSeen = deferred();
    upstream.next(async ({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      await headSeen.promise;
      response.end('data: {"type":"response.completed","response":{"id":"resp_1"}}\n\n');
    });

    const stream = await open(url, { body: codexRequest() });
    headSeen.resolve();

    expect(stream.status).toBe(200);
    expect((await readToTheEnd(stream)).whole).toBe(true);
  });

  it.each<[string, Parameters<typeof answerInKind>[0]]>([
    ['cut into pieces of three bytes, through lines and characters', { split: 3, pieces: ['Grüße ', '👋 ', '你好'] }],
    ['with CRLF line ends', { crlf: true }],
    ['with comments between the events', { comments: true }],
    ['with event kinds nobody knows', { strangers: true }],
    ['without event names', { unnamed: true }],
    ['in a single piece', { together: true }],
    ['compressed, though nobody asked for that', { gzip: true }],
  ])('keeps its bytes and is counted when it comes %s', async (how, manners) => {
    const usage = { input: 100, output: 20, cached: 80, reasoning: 10 };
    const recording = recorded(answerInKind({ ...manners, usage }));
    upstream.next(recording.answer);

    const answer = await call(url, { body: codexRequest({ prompt_cache_key: how }) });

    expect(answer.status).toBe(200);
    expect(answer.headers['content-encoding']).toBeUndefined();
    if (!manners?.gzip) expect(answer.text).toBe(recording.sent());
    expect(answer.text).toContain('response.completed');
    const line = await logLineOf(how);
    expect(line.ai).toMatchObject({
      proxy: {
        usage: {
          prompt_tokens: 100,
          completion_tokens: 20,
          total_tokens: 120,
          prompt_tokens_details: { cached_tokens: 80 },
          completion_tokens_details: { reasoning_tokens: 10 },
        },
        meta: { request_model: 'gpt-4o', response_model: 'gpt-4o', request_mode: 'stream', provider_name: 'openai' },
      },
    });
  });

  it('flows at the pace of a slow client: 200 MB neither pile up in memory nor leave the upstream early', async () => {
    const piece = Buffer.from(`data: {"type":"response.output_text.delta","delta":"${'x'.repeat(65_400)}"}\n\n`);
    const pieces = Math.ceil((200 * MEGABYTE) / piece.length);
    let written = 0;
    upstream.next(async ({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (let index = 0; index < pieces; index++) {
        await new Promise((flushed) => response.write(piece, flushed));
        written += piece.length;
      }
      response.end('data: {"type":"response.completed","response":{"id":"resp_1"}}\n\n');
    });
    const before = gateway.residentBytes();

    const stream = await open(url, { body: codexRequest() });
    // The client reads nothing. The upstream gets rid of what the buffers on the way hold, and then of no more.
    let settled = -1;
    await eventually('the upstream to be slowed down', () => {
      const still = written === settled && written > 0;
      settled = written;
      return still ? true : undefined;
    });
    const heldUp = written;
    let most = gateway.residentBytes();
    let read = 0;
    for (let chunk = await stream.nextChunk(); chunk; chunk = await stream.nextChunk()) {
      read += chunk.length;
      if (read % (8 * MEGABYTE) < chunk.length) most = Math.max(most, gateway.residentBytes());
    }

    expect(heldUp).toBeLessThan(24 * MEGABYTE);
    expect(read).toBeGreaterThan(200 * MEGABYTE);
    expect(most - before).toBeLessThan(80 * MEGABYTE);
  }, 60_000);

  it('is given up upstream when the client leaves in the middle, and logged as 499', async () => {
    upstream.next(answerInKind({ breakAfter: { events: 6, how: 'stall' } }));
    const stream = await open(url, { body: codexRequest({ prompt_cache_key: 'leaves in the middle' }) });
    await stream.nextChunk();
    const [received] = upstream.requestsWith('leaves in the middle');

    stream.leave();
    const leftAt = performance.now();
    const ended = await received?.ended;

    expect(ended?.how).toBe('left');
    expect((ended?.at ?? 0) - leftAt).toBeLessThan(1000);
    const line = await logLineOf('leaves in the middle');
    expect(line.response.status).toBe(499);
  });

  it('is a success with its usage when the client leaves right after the terminal event', async () => {
    upstream.next(async (exchange) => {
      // OpenAI's edge may hold the last chunk of the body back for a while; the newer Codex does not wait for it.
      exchange.response.end = (() => exchange.response) as typeof exchange.response.end;
      await answerInKind({ usage: { input: 50, output: 5 } })(exchange);
    });
    const stream = await open(url, { body: codexRequest({ prompt_cache_key: 'leaves at the end' }) });
    let text = '';
    while (!/response\.completed.*\n\n$/s.test(text)) text += await stream.nextChunk();

    stream.leave();

    const line = await logLineOf('leaves at the end');
    expect(line.response.status).toBe(200);
    expect(line.ai).toMatchObject({ proxy: { usage: { prompt_tokens: 50, completion_tokens: 5, total_tokens: 55 } } });
  });

  it.each(['reset', 'cut'] as const)('breaks off visibly when the upstream breaks off (%s)', async (how) => {
    upstream.next(answerInKind({ breakAfter: { events: 6, how } }));

    const stream = await open(url, { body: codexRequest({ prompt_cache_key: `breaks off by ${how}` }) });
    const { text, whole } = await readToTheEnd(stream);

    expect(whole).toBe(false);
    expect(text).toContain('response.output_text.delta');
    expect(text).not.toContain('response.completed');
    await logLineOf(`breaks off by ${how}`);
    expect(gateway.log()).toContain('broke its response off');
  });

  it.each([
    ['is whole', 'ends', undefined],
    ['is cut', 'is broken', { events: 3, how: 'cut' as const }],
  ])('to a client of HTTP/1.0 that %s %s with its connection', async (_, outcome, breakAfter) => {
    upstream.next(answerInKind({ ...(breakAfter && { breakAfter }) }));
    const body = JSON.stringify(codexRequest());
    const head = 'POST /codex HTTP/1.0\r\nConnection: keep-alive\r\nContent-Type: application/json';
    const socket = connect(gateway.proxyPort, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    const over = once(socket, 'end').then(
      () => 'ends',
      () => 'is broken',
    );

    socket.write(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);

    expect(await over).toBe(outcome);
    expect(text).toMatch(/^connection: close\r$/im);
    expect(text).toContain('response.created');
  });

  it('that ends without a terminal event ends as it came, and its tokens are not made up as zero', async () => {
    upstream.next(answerInKind({ breakAfter: { events: 6, how: 'end' } }));

    const stream = await open(url, { body: codexRequest({ prompt_cache_key: 'no terminal event' }) });
    const { text, whole } = await readToTheEnd(stream);

    expect(whole).toBe(true);
    expect(text).not.toContain('response.completed');
    const line = await logLineOf('no terminal event');
    expect(line.response.status).toBe(200);
    expect(JSON.stringify(line.ai)).not.toContain('"total_tokens":0');
  });
});
