import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { answerInKind, held } from '../support/answers.js';
import { call, codexRequest, open, readToTheEnd } from '../support/call.js';
import { codexHowTo } from '../support/codex-how-to.js';
import { deferred } from '../support/deferred.js';
import { eventually } from '../support/eventually.js';
import { type FakeUpstream, fakeUpstream } from '../support/fake-upstream.js';
import { type Gateway, type GatewayOptions, startGateway } from '../support/start-gateway.js';

describe('the gateway', () => {
  let upstream: FakeUpstream;
  let gateway: Gateway;

  async function start(options?: GatewayOptions) {
    upstream = await fakeUpstream();
    gateway = await startGateway(codexHowTo({ upstream }), options);
  }
  afterEach(async () => {
    await gateway?.kill();
    await upstream?.close();
  });

  /** A stream that has begun and ends when it is told to. */
  async function streamUnderWay() {
    const goOn = deferred();
    upstream.next(async ({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"type":"response.output_text.delta","delta":"Hi"}\n\n');
      await goOn.promise;
      response.end('data: {"type":"response.completed","response":{"id":"resp_1"}}\n\n');
    });
    const stream = await open(`${gateway.proxy}/codex/responses`, { body: codexRequest() });
    await stream.nextChunk();
    return { stream, goOn: goOn.resolve };
  }

  const refused = () =>
    eventually('new connections to be refused', async () => {
      const socket = connect(gateway.proxyPort, '127.0.0.1');
      const failure = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
        socket.once('connect', () => resolve(undefined)).on('error', resolve);
      });
      socket.destroy();
      return failure?.code === 'ECONNREFUSED' ? true : undefined;
    });

  it('told to stop, refuses new connections, lets streams under way finish, and exits with 0', async () => {
    await start();
    const { stream, goOn } = await streamUnderWay();

    gateway.signal('SIGTERM');
    await refused();
    goOn();
    const { text, whole } = await readToTheEnd(stream);

    expect(whole).toBe(true);
    expect(text).toContain('response.completed');
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
    expect(gateway.logLines().filter(({ request }) => request.uri === '/codex/responses')).toHaveLength(1);
  });

  it('told to stop, still answers a client that had connected and not yet asked', async () => {
    await start();
    const early = connect(gateway.proxyPort, '127.0.0.1');
    await once(early, 'connect');
    await call(`${gateway.proxy}/codex`, { body: codexRequest({ stream: false }) }); // so the gateway has seen it

    gateway.signal('SIGTERM');
    await refused();
    const body = JSON.stringify(codexRequest({ stream: false }));
    early.write(
      `POST /codex HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    let answer = '';
    for await (const chunk of early) answer += chunk;

    expect(answer).toMatch(/^HTTP\/1\.1 200 .*\r\nConnection: close\r\n/is);
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
  });

  it('told to stop, says so to load balancers before it refuses anything', async () => {
    await start({ env: { SLUICE_DRAIN_DELAY: '1500' } });

    gateway.signal('SIGTERM');
    await eventually('readiness to turn off', async () => {
      const { status } = await call(`${gateway.status}/status/ready`, { method: 'GET' });
      return status === 503 ? true : undefined;
    });
    const late = await call(`${gateway.proxy}/codex`, { body: codexRequest({ stream: false }) });

    expect(late.status).toBe(200);
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
  });

  it('cuts a stream that does not finish within the grace time, and still exits with 0', async () => {
    await start({ env: { KONG_NGINX_MAIN_WORKER_SHUTDOWN_TIMEOUT: '1s' } });
    const { stream, goOn } = await streamUnderWay();

    gateway.signal('SIGTERM');
    const { whole } = await readToTheEnd(stream);

    expect(whole).toBe(false);
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
    goOn();
  });

  it('killed, loses nothing it has logged, and serves again once restarted', async () => {
    await start();
    await call(`${gateway.proxy}/codex`, { body: codexRequest({ stream: false }) });
    await gateway.logLine();
    const { stream, goOn } = await streamUnderWay();

    gateway.signal('SIGKILL');
    const { whole } = await readToTheEnd(stream);
    await gateway.exited;
    goOn();
    const logged = gateway.logLines();
    await gateway.kill(); // it is gone; so now is its folder
    gateway = await startGateway(codexHowTo({ upstream }));
    const answer = await call(`${gateway.proxy}/codex`, { body: codexRequest({ stream: false }) });

    expect(whole).toBe(false);
    expect(logged).toHaveLength(1);
    expect(answer.status).toBe(200);
  });

  it('told to reload, serves the new configuration, and no request under way or arriving suffers', async () => {
    await start();
    const { stream, goOn } = await streamUnderWay();
    let loading = true;
    const answers: number[] = [];
    const traffic = Promise.all(
      Array.from({ length: 8 }, async () => {
        while (loading) {
          answers.push((await call(`${gateway.proxy}/codex`, { body: codexRequest({ stream: false }) })).status);
        }
      }),
    );
    const another = codexHowTo({ upstream, route: { paths: ['/codex', '/agents'] } });

    for (let count = 0; count < 3; count++) {
      gateway.rewrite(another(gateway));
      gateway.signal('SIGHUP');
      await eventually('the new Route to be served', async () => {
        const { status } = await call(`${gateway.proxy}/agents`, { body: codexRequest({ stream: false }) });
        return status === 200 ? true : undefined;
      });
    }
    loading = false;
    await traffic;
    goOn();
    const { text, whole } = await readToTheEnd(stream);

    expect(answers.length).toBeGreaterThan(20);
    expect(answers.filter((code) => code !== 200)).toEqual([]);
    expect(whole).toBe(true);
    expect(text).toContain('response.completed');
  });

  it('told to reload a file with a mistake, says what is wrong and goes on with what it has', async () => {
    await start();

    gateway.rewrite({ _format_version: '3.0', services: [{ name: 'codex-service', hosst: 'localhost' }] });
    gateway.signal('SIGHUP');
    await eventually('the mistake to be named', () => (gateway.log().includes('hosst') ? true : undefined));
    const answer = await call(`${gateway.proxy}/codex`, { body: codexRequest({ stream: false }) });

    expect(answer.status).toBe(200);
  });

  it('does not start with a file that has a mistake, and names the place', async () => {
    upstream = await fakeUpstream();

    const start_ = startGateway({ _format_version: '3.0', services: [{ name: 'codex-service', url: 'localhost:80' }] });

    await expect(start_).rejects.toThrow(/codex-service|services/);
  });

  it('does not start with plugins that are not built, and names each with its place', async () => {
    const plugin = (config: object) => ({ name: 'ai-proxy', config: { route_type: 'llm/v1/chat', ...config } });
    const anthropic = { provider: 'anthropic', options: { anthropic_version: '2023-06-01' } };
    const services = [
      { name: 'a', url: 'http://a.test', plugins: [plugin({ model: anthropic })] },
      { name: 'b', url: 'http://b.test', plugins: [plugin({ model: { provider: 'cohere' } })] },
    ];

    const start_ = startGateway({ _format_version: '3.0', services });

    await expect(start_).rejects.toThrow(
      /2 mistakes:\n.*\.yaml:\d+:\d+ {2}services\[0\]\.plugins\[0\]\n +provider 'anthropic' is not built/,
    );
    await expect(start_).rejects.toThrow(/services\[1\]\.plugins\[0\]\n +provider 'cohere' is not built/);
  });

  it('answers while a request is held: nobody waits for somebody else', async () => {
    await start();
    const { answer, release } = held(answerInKind());
    upstream.next(answer);
    const slow = call(`${gateway.proxy}/codex`, { body: codexRequest({ stream: false }) });
    await upstream.nextRequest();

    const quick = await call(`${gateway.proxy}/codex`, { body: codexRequest({ stream: false }) });
    release();

    expect(quick.status).toBe(200);
    expect((await slow).status).toBe(200);
  });
});
