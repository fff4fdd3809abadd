import { once } from 'node:events';
import { connect } from 'node:net';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { call, codexRequest } from '../support/call.js';
import { codexHowTo } from '../support/codex-how-to.js';
import { type FakeUpstream, fakeUpstream } from '../support/fake-upstream.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

const LIMIT = 131_072;
const UNUSABLE_BODY = { error: { message: "request body doesn't contain valid prompts" } };

describe('a client that errs', () => {
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

  /** A Responses request of exactly so many bytes. */
  function sized(length: number): Buffer {
    const empty = Buffer.byteLength(JSON.stringify(codexRequest({ instructions: '', stream: false })));
    return Buffer.from(JSON.stringify(codexRequest({ instructions: 'x'.repeat(length - empty), stream: false })));
  }

  it('sends as much as max_request_body_size allows, and is served', async () => {
    const answer = await call(url, { body: sized(LIMIT) });

    expect(answer.status).toBe(200);
    expect(upstream.requests.at(-1)?.body.length).toBe(LIMIT);
  });

  it.each([
    ['with a length', {}],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ])('sends one byte more %s: refused, the upstream not asked, and the log names the setting', async (_, headers) => {
    const before = upstream.requests.length;
    const body = sized(LIMIT + 1);

    const answer = await call(url, { body, headers });

    expect(answer.status).toBe(400);
    expect(answer.json()).toEqual(UNUSABLE_BODY);
    expect(upstream.requests.length).toBe(before);
    expect(gateway.log()).toMatch(/max_request_body_size/);
  });

  it('sends more than the limit once its body is inflated: refused as if it had come plain', async () => {
    const before = upstream.requests.length;
    const body = zstdCompressSync(sized(LIMIT + 1));
    expect(body.length).toBeLessThan(LIMIT);

    const answer = await call(url, { body, headers: { 'content-encoding': 'zstd' } });

    expect(answer.status).toBe(400);
    expect(upstream.requests.length).toBe(before);
  });

  it.each<[string, string | undefined, Record<string, string>]>([
    ['no body', undefined, {}],
    ['an empty body', '', {}],
    ['a body that is not JSON', '{"model": "gpt-4o", "input": ', {}],
    ['JSON that is no object', '["gpt-4o"]', {}],
    ['JSON without an input', '{"model":"gpt-4o"}', {}],
    ['a form', 'model=gpt-4o&messages=Hello', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['plain text', 'Hello', { 'content-type': 'text/plain' }],
    [
      'a body that claims to be compressed and is not',
      '{"model":"gpt-4o","input":"Hi"}',
      { 'content-encoding': 'zstd' },
    ],
  ])('sends %s: refused in the form of an AI error, the upstream not asked', async (_, body, headers) => {
    const before = upstream.requests.length;

    const answer = await call(url, { ...(body !== undefined && { body }), headers });

    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toContain('application/json');
    expect(answer.json()).toMatchObject({ error: { message: expect.any(String) } });
    expect(upstream.requests.length).toBe(before);
    // The client is told no more than Kong tells it; whoever runs the gateway is.
    expect(gateway.log()).toContain(`request ${String(answer.headers['x-kong-request-id'])}: its body was refused: `);
  });

  it('leaves in the middle of its body: nobody is asked, and the gateway goes on', async () => {
    const before = upstream.requests.length;
    const socket = connect(gateway.proxyPort, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(
      'POST /codex/responses HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{"mod',
    );

    socket.destroy();
    const next = await call(url, { body: codexRequest({ stream: false }) });

    expect(next.status).toBe(200);
    expect(upstream.requests.length).toBe(before + 1);
  });

  it('speaks something else than HTTP: told so, and disconnected', async () => {
    const socket = connect(gateway.proxyPort, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03');
    let text = '';
    socket.on('data', (chunk) => (text += chunk));

    await once(socket, 'close');

    expect(text).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('asks for a path that no Route has: told so', async () => {
    const answer = await call(`${gateway.proxy}/elsewhere`, { body: codexRequest() });

    expect(answer.status).toBe(404);
    expect(answer.json()).toMatchObject({ message: 'no Route matched with those values' });
  });

  it.each(['constructor', '__proto__'])('accepts only %s, a name all objects know: told so in JSON', async (accept) => {
    const answer = await call(`${gateway.proxy}/elsewhere`, { body: codexRequest(), headers: { accept } });

    expect(answer.status).toBe(404);
    expect(answer.json()).toMatchObject({ message: 'no Route matched with those values' });
  });
});
