import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { answerInKind, error, hangUp, rawBytes, reset, silence, status } from '../support/answers.js';
import { call, codexRequest, open, readToTheEnd } from '../support/call.js';
import { codexHowTo } from '../support/codex-how-to.js';
import { type FakeUpstream, fakeUpstream } from '../support/fake-upstream.js';
import { freePort } from '../support/free-port.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

const READ_TIMEOUT_MS = 700;
const CONNECT_TIMEOUT_MS = 700;

describe('an upstream that fails', () => {
  let upstream: FakeUpstream;
  let gateway: Gateway;
  let url: string;

  beforeAll(async () => {
    upstream = await fakeUpstream();
    const balancer = { retries: 0, read_timeout: READ_TIMEOUT_MS, connect_timeout: CONNECT_TIMEOUT_MS };
    gateway = await startGateway(codexHowTo({ upstream, balancer }));
    url = `${gateway.proxy}/codex/responses`;
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
  });
  afterEach(() => upstream.always(answerInKind()));

  const lastLine = async (count: number) => (await gateway.atLeastLogLines(count)).at(-1);

  describe('before its response head', () => {
    it.each([
      ['resets the connection', reset, 502],
      ['closes the connection', hangUp, 502],
      ['answers with something that is not HTTP', rawBytes('SSH-2.0-OpenSSH_9.2p1\r\n'), 502],
      ['answers with a head that is cut', rawBytes('HTTP/1.1 200 OK\r\nContent-Type: text/ev'), 502],
      ['never answers', silence, 504],
    ])('%s: the client gets an error of the gateway, and the log says who made it', async (_, answer, expected) => {
      upstream.next(answer);
      const before = gateway.logLines().length;

      const { status: got, json } = await call(url, { body: codexRequest() });

      expect(got).toBe(expected);
      expect(json()).toMatchObject({
        message: expect.any(String),
        request_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      });
      const line = await lastLine(before + 1);
      expect(line).toMatchObject({ source: 'kong', response: { status: expected } });
      expect(line?.tries).toMatchObject([{ ip: '127.0.0.1', port: upstream.port }]);
    });

    it('takes its time, but less than the read time-out: the answer arrives', async () => {
      upstream.next(answerInKind({ headDelay: READ_TIMEOUT_MS / 2 }));

      const answer = await call(url, { body: codexRequest({ stream: false }) });

      expect(answer.status).toBe(200);
      expect(Number(answer.headers['x-kong-upstream-latency'])).toBeGreaterThanOrEqual(READ_TIMEOUT_MS / 2 - 20);
    });

    it('is asked once, however it fails: the next request is served', async () => {
      upstream.next(reset);
      const before = upstream.requests.length;

      await call(url, { body: codexRequest() });
      const next = await call(url, { body: codexRequest() });

      expect(upstream.requests.length - before).toBe(2);
      expect(next.status).toBe(200);
    });
  });

  describe('inside its response', () => {
    it('falls silent in a stream: the client is not left waiting, and sees that the stream is not whole', async () => {
      upstream.next(answerInKind({ breakAfter: { events: 4, how: 'stall' } }));

      const stream = await open(url, { body: codexRequest() });
      const { text, whole } = await readToTheEnd(stream);

      expect(stream.status).toBe(200);
      expect(whole).toBe(false);
      expect(text).toContain('response.created');
    });

    it('pauses in a stream for less than the time-out, again and again: the stream goes on', async () => {
      upstream.next(answerInKind({ delay: READ_TIMEOUT_MS / 4, pieces: ['a', 'b', 'c'] }));

      const { text, whole } = await readToTheEnd(await open(url, { body: codexRequest() }));

      expect(whole).toBe(true);
      expect(text).toContain('response.completed');
    });

    it('promises more bytes than it sends: the client sees a broken answer, not a short one', async () => {
      const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 5000\r\n\r\n';
      upstream.next(rawBytes(`${head}data: {"type":"response.created","response":{"id":"resp_1"}}\n\n`));

      const outcome = await call(url, { body: codexRequest() }).catch(() => 'broken off' as const);

      expect(outcome === 'broken off' || outcome.status === 502).toBe(true);
    });

    it('sends more bytes than it promised: the surplus reaches neither this client nor the next', async () => {
      const body = '{"id":"resp_1","object":"response","output":[]}';
      upstream.next(
        rawBytes(
          `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}` +
            'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled',
        ),
      );

      const first = await call(url, { body: codexRequest({ stream: false }) }).catch(() => undefined);
      const second = await call(url, { body: codexRequest({ stream: false }) });

      expect(first?.text ?? '').not.toContain('smuggled');
      expect(second.text).not.toContain('smuggled');
      expect(second.status).toBe(200);
    });
  });

  describe('with an error of its own', () => {
    it.each([400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503, 504, 529])(
      'passes %i on as it came',
      async (code) => {
        const body = JSON.stringify({ error: { message: `no: ${code}`, type: 'x', param: null, code: `c${code}` } });
        upstream.next(status(code, body, { 'x-request-id': 'req_42', 'x-codex-primary-used-percent': '93' }));

        const answer = await call(url, { body: codexRequest() });

        expect(answer.status).toBe(code);
        expect(answer.text).toBe(body);
        expect(answer.headers['content-type']).toBe('application/json');
        expect(answer.headers['x-request-id']).toBe('req_42');
        expect(answer.headers['x-codex-primary-used-percent']).toBe('93');
        expect(answer.headers['x-kong-llm-model']).toBeUndefined();
      },
    );

    it('passes the wait on that it asks for', async () => {
      upstream.next(error(429, 'rate_limit_exceeded', 'rate_limit_exceeded', { 'retry-after': '7' }));

      const answer = await call(url, { body: codexRequest() });

      expect(answer.status).toBe(429);
      expect(answer.headers['retry-after']).toBe('7');
    });
  });
});

describe('an upstream that cannot be reached', () => {
  let deaf: Server;
  afterAll(() => {
    deaf?.close();
  });

  it('refuses connections: 502 after every try, each one logged', async () => {
    const gateway = await startGateway(
      codexHowTo({ upstream: `http://127.0.0.1:${await freePort()}`, balancer: { retries: 2 } }),
    );
    try {
      const answer = await call(`${gateway.proxy}/codex`, { body: codexRequest() });
      const line = await gateway.logLine();

      expect(answer.status).toBe(502);
      // As Kong has it, a try is known to have failed once the next one begins; the last one's outcome is the answer.
      expect(line.tries).toMatchObject([{ state: 'failed', code: 502 }, { state: 'failed', code: 502 }, {}]);
      expect(line.ai).toMatchObject({ proxy: { tried_targets: [{}, {}, {}] } });
    } finally {
      await gateway.stop();
    }
  });

  it('never finishes its TLS handshake: 504 after the connect time-out', async () => {
    deaf = createServer(() => {}).listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    const gateway = await startGateway(
      codexHowTo({
        upstream: `https://127.0.0.1:${(deaf.address() as AddressInfo).port}`,
        balancer: { retries: 0, connect_timeout: CONNECT_TIMEOUT_MS },
      }),
    );
    try {
      const answer = await call(`${gateway.proxy}/codex`, { body: codexRequest() });

      expect(answer.status).toBe(504);
    } finally {
      await gateway.stop();
    }
  });

  it('has a name nobody knows: the log says which', async () => {
    const gateway = await startGateway(codexHowTo({ upstream: 'http://no-such-host.invalid' }));
    try {
      const { status, headers } = await call(`${gateway.proxy}/codex`, { body: codexRequest() });

      expect(status).toBeGreaterThanOrEqual(500);
      const told = new RegExp(`request ${String(headers['x-kong-request-id'])}: .*'no-such-host.invalid'`);
      expect(gateway.log()).toMatch(told);
    } finally {
      await gateway.stop();
    }
  });

  it('is passed over when another target can be reached', async () => {
    const well = await fakeUpstream();
    const gateway = await startGateway(codexHowTo({ upstream: [`http://127.0.0.1:${await freePort()}`, well] }));
    try {
      const answers = [];
      for (let count = 0; count < 4; count++)
        answers.push(await call(`${gateway.proxy}/codex`, { body: codexRequest() }));

      expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200]);
      expect(well.requests).toHaveLength(4);
      const lines = await gateway.atLeastLogLines(4);
      expect(lines.some(({ tries }) => tries?.length === 2)).toBe(true);
    } finally {
      await gateway.stop();
      await well.close();
    }
  });
});
