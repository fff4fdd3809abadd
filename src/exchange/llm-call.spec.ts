import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AiTransformers, aiTransformers, completion, modelAt, says } from '../../test/support/ai-transformers.js';
import { hangUp, rawBytes, reset, silence, status } from '../../test/support/answers.js';
import { type EchoUpstream, echoUpstream } from '../../test/support/echo-upstream.js';
import { type FakeUpstream, fakeUpstream, UPSTREAM_KEY } from '../../test/support/fake-upstream.js';
import { freePort } from '../../test/support/free-port.js';
import { type HttpProxy, httpProxy } from '../../test/support/http-proxy.js';
import { ServiceDesk } from '../../test/support/service-desk.js';
import { PRODUCT } from '../entities/product.js';
import type { LlmReply } from './llm-call.js';

let plugins: AiTransformers;
let model: FakeUpstream;
let service: EchoUpstream;
let desk: ServiceDesk;

beforeAll(async () => {
  plugins = await aiTransformers();
  model = await fakeUpstream();
  service = await echoUpstream();
  desk = await ServiceDesk.open({ service: { url: service.url } });
});
afterAll(async () => {
  await desk.close();
  await service.close();
  await model.close();
  await plugins.close();
});

const MESSAGES = [
  { role: 'system', content: 'Rewrite' },
  { role: 'user', content: 'some "text"' },
] as const;

/** What a call answers that is made for a client's request. */
async function asked(config: object, request: { headers?: Record<string, string> } = {}): Promise<LlmReply> {
  const call = plugins.call(config);
  let reply: LlmReply | undefined;
  await desk.ask({
    ...request,
    access: async (facts) => {
      reply = await call.ask(facts, MESSAGES);
      facts.exit(204);
    },
  });
  return reply as LlmReply;
}

const refusalOf = (reply: LlmReply) => (reply.kind === 'failed' ? reply.refusal : undefined);
const FAILED = 'failed to introspect request with AI service: ';

describe('a call of a model', () => {
  it('is the gateway’s own: nothing of the client’s request goes along', async () => {
    model.next(says('Hello there.'));
    const reply = await asked(
      { llm: modelAt(model.url) },
      { headers: { 'x-client': '1', authorization: 'Bearer mine' } },
    );

    expect(reply).toMatchObject({ kind: 'text', text: 'Hello there.' });
    const { method, url, rawHeaders, body } = model.requests.at(-1) as (typeof model.requests)[number];
    expect([method, url]).toEqual(['POST', '/v1/chat/completions']);
    expect(Object.fromEntries(pairs(rawHeaders))).toEqual({
      host: `127.0.0.1:${model.port}`,
      connection: 'keep-alive',
      'User-Agent': PRODUCT.token,
      Accept: 'application/json',
      'Content-Type': 'application/json',
      Authorization: `Bearer ${UPSTREAM_KEY}`,
      'content-length': String(body.length),
    });
    expect(JSON.parse(body.toString())).toEqual({ model: 'gpt-tr', stream: false, messages: MESSAGES });
  });

  it('is made with the options and the names of the target', async () => {
    model.next(says('ok'));
    const options = { upstream_url: `${model.url}/v1/chat/completions?v=1`, max_tokens: 5, temperature: 0.5 };
    const auth = { ...modelAt(model.url).auth, param_name: 'key', param_value: 'a b', param_location: 'query' };
    await asked(
      { llm: modelAt(model.url, { auth, model: { name: '$(headers.x-model)', options } }) },
      { headers: { 'x-model': 'gpt-5-mini' } },
    );

    const { url, body } = model.requests.at(-1) as (typeof model.requests)[number];
    expect(url).toBe('/v1/chat/completions?key=a%20b&v=1');
    expect(JSON.parse(body.toString())).toMatchObject({
      model: 'gpt-5-mini',
      max_completion_tokens: 5,
      temperature: 0.5,
    });
  });

  it('is not made for a request that lacks what the model’s name is made of', async () => {
    const reply = await asked({ llm: modelAt(model.url, { model: { name: '$(headers.x-model)' } }) });

    expect(refusalOf(reply)).toEqual({ status: 400, message: 'headers key x-model was not provided' });
  });

  it('tells what is known of it', async () => {
    model.next(says('ok'));
    const reply = await asked({ llm: modelAt(model.url) });

    expect(reply).toMatchObject({
      facts: { answer: { model: 'gpt-tr-2026', usage: { prompt: 25, completion: 12, total: 37 } } },
    });
    expect((reply as { facts: { latency: number } }).facts.latency).toBeGreaterThan(0);
  });

  it('takes a compressed answer, and one whose text comes in parts', async () => {
    const gzipped = gzipSync(
      completion([
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ]),
    );
    model.next(({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(gzipped);
    });

    expect(await asked({ llm: modelAt(model.url) })).toMatchObject({ kind: 'text', text: 'ab' });
  });

  it.each([
    ['status code 500', status(500)],
    ['status code 401', status(401, completion('not to be taken'))],
    ['status code 302', status(302, '')],
    ['request to ai service failed: closed', reset],
    ['request to ai service failed: closed', hangUp],
    ['the answer is larger than 4194304 bytes', status(200, completion('x'.repeat(10 * 1024 * 1024)))],
    ['the gzip coding of the answer cannot be undone', status(200, 'x', { 'content-encoding': 'gzip' })],
  ])('says %s', async (reason, answer) => {
    model.next(answer);

    expect(refusalOf(await asked({ llm: modelAt(model.url) }))).toEqual({ status: 400, message: FAILED + reason });
  });

  it('does not inflate an answer beyond what it takes', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 'x'));
    model.next(({ response }) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    });

    expect(refusalOf(await asked({ llm: modelAt(model.url) }))?.message).toBe(
      `${FAILED}the answer, inflated, is larger than 4194304 bytes`,
    );
  });

  it('says that what came is not HTTP', async () => {
    model.next(rawBytes('SSH-2.0-OpenSSH\r\n'));

    expect(refusalOf(await asked({ llm: modelAt(model.url) }))?.message).toMatch(
      `${FAILED}request to ai service failed: `,
    );
  });

  it('says that nobody listens', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`;

    expect(refusalOf(await asked({ llm: modelAt(nobody) }))?.message).toBe(
      `${FAILED}request to ai service failed: connection refused`,
    );
  });

  it.each(['{"choices":[]}', completion(null), completion(''.repeat(0)).replace('"content":""', '"x":1')])(
    'says that there is no text in %s',
    async (body) => {
      model.next(status(200, body));

      expect(refusalOf(await asked({ llm: modelAt(model.url) }))).toEqual({
        status: 400,
        message: "no 'choices' in upstream AI service response",
      });
    },
  );

  it.each(['', '{}', 'Hello', '{"choices":{}}', '[]'])('says that %j is no completion', async (body) => {
    model.next(status(200, body));

    expect(refusalOf(await asked({ llm: modelAt(model.url) }))).toEqual({
      status: 400,
      message:
        'failed to convert AI response to Kong format: ' +
        "transformation failed from type openai://llm/v1/chat: 'choices' not in llm/v1/chat response",
    });
  });

  it('waits no longer than http_timeout for an answer', async () => {
    model.next(silence);

    expect(refusalOf(await asked({ llm: modelAt(model.url), http_timeout: 50 }))?.message).toBe(
      `${FAILED}request to ai service failed: timeout`,
    );
  });

  it('ends when the client leaves', async () => {
    model.next(silence);
    const call = plugins.call({ llm: modelAt(model.url) });
    const arrived = model.nextRequest();
    let reply: LlmReply | undefined;
    await desk.askAndLeave(
      {
        access: async (facts) => {
          reply = await call.ask(facts, MESSAGES);
          facts.exit(499);
        },
      },
      arrived,
    );

    expect(reply).toEqual({ kind: 'client-left' });
    expect(await (await arrived).ended).toMatchObject({ how: 'left' });
  });
});

describe('a call over TLS', () => {
  const pem = (name: string) => readFileSync(new URL(`../../test/support/tls/${name}.pem`, import.meta.url));
  const server = createServer({ cert: pem('server'), key: pem('server.key') }, (_incoming, outgoing) => {
    outgoing.end(completion('over TLS'));
  });
  let url: string;
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `https://localhost:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it('asks for a certificate of a known authority', async () => {
    expect(refusalOf(await asked({ llm: modelAt(url) }))?.message).toBe(
      `${FAILED}request to ai service failed: unable to verify the first certificate`,
    );
  });

  it('takes any when told so', async () => {
    expect(await asked({ llm: modelAt(url), https_verify: false })).toMatchObject({ text: 'over TLS' });
  });

  describe('by way of a proxy', () => {
    let proxy: HttpProxy;
    beforeAll(async () => {
      proxy = await httpProxy();
    });
    afterAll(() => proxy.close());
    const by = (host = '127.0.0.1') => ({
      llm: modelAt(url.replace('localhost', 'api.test')),
      https_verify: false,
      https_proxy_host: host,
      https_proxy_port: proxy.port,
    });

    it('goes through a tunnel, to a name that only the proxy knows', async () => {
      expect(await asked(by())).toMatchObject({ text: 'over TLS' });
      expect(proxy.asked).toEqual([`CONNECT api.test:${url.split(':').at(-1)}`]);
    });

    it('keeps the tunnel for the next one', async () => {
      expect(await asked(by())).toMatchObject({ text: 'over TLS' });
      expect(proxy.asked).toHaveLength(1);
    });

    it('checks the certificate at the tunnel’s end', async () => {
      expect(refusalOf(await asked({ ...by(), https_verify: true }))?.message).toMatch(/unable to verify/);
    });

    it('says that the proxy refuses, or says nothing', async () => {
      proxy.refuse(407);
      const { port } = new URL(url);
      const elsewhere = { ...by(), llm: modelAt(`https://other.test:${port}`), http_timeout: 100 };
      expect(refusalOf(await asked(elsewhere))?.message).toBe(
        `${FAILED}request to ai service failed: the proxy answered 407`,
      );
      proxy.refuse(undefined);
      expect(refusalOf(await asked(elsewhere))?.message).toBe(`${FAILED}request to ai service failed: timeout`);
    });
  });
});

it('a call over plain HTTP by way of a proxy tells it the whole URL', async () => {
  const proxy = await httpProxy();
  try {
    model.next(says('by proxy'));
    const llm = modelAt(`http://model.test:${model.port}`);
    const reply = await asked({ llm, http_proxy_host: 'localhost', http_proxy_port: proxy.port });

    expect(reply).toMatchObject({ text: 'by proxy' });
    expect(proxy.asked).toEqual([`POST http://model.test:${model.port}/v1/chat/completions`]);
    expect(model.requests.at(-1)?.headers.host).toBe(`model.test:${model.port}`);
  } finally {
    await proxy.close();
  }
});

function pairs(flat: readonly string[]): [string, string][] {
  return flat.flatMap((name, index) =>
    index % 2 === 0 ? [[name, flat[index + 1] as string] as [string, string]] : [],
  );
}
