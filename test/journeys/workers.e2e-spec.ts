import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { call, codexRequest } from '../support/call.js';
import { codexHowTo } from '../support/codex-how-to.js';
import { eventually } from '../support/eventually.js';
import { type FakeUpstream, fakeUpstream } from '../support/fake-upstream.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

/** Connections go to the workers in turn, so so many requests reach both of them. */
const ROUND = 6;

describe('a gateway of two worker processes', () => {
  let upstream: FakeUpstream;
  let gateway: Gateway;

  beforeAll(async () => {
    upstream = await fakeUpstream();
    gateway = await startGateway(codexHowTo({ upstream }), { env: { KONG_NGINX_WORKER_PROCESSES: '2' } });
    // It is ready with the first.
    await bothWorkers();
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
  });

  const workers = async () =>
    [...(await gateway.metrics()).matchAll(/^kong_memory_workers_lua_vms_bytes\{.*pid="(\d+)"/gm)].map(([, pid]) =>
      Number(pid),
    );
  const bothWorkers = () =>
    eventually('two workers', async () => {
      const running = await workers().catch(() => []);
      return running.length === 2 ? running : undefined;
    });
  const counted = async () =>
    Number(/^kong_ai_llm_requests_total\{.*\} (\d+)$/m.exec(await gateway.metrics())?.[1] ?? 'NaN');
  const round = () =>
    Promise.all(
      Array.from({ length: ROUND }, () => call(`${gateway.proxy}/codex`, { body: codexRequest({ stream: false }) })),
    );

  const greetings = () => gateway.log().match(/^sluice .*$/gm);

  it('greets once, with the process that takes signals', async () => {
    // It may answer on its ports a moment before it says so.
    await eventually('the greeting', () => greetings() ?? undefined);
    expect(await workers()).not.toContain(gateway.pid);
    expect(greetings()).toEqual([expect.stringContaining(`pid ${gateway.pid}, 2 workers)`)]);
  });

  it('forgets nothing it has shown when one of them dies, and goes on counting', async () => {
    await round();
    expect(await counted()).toBe(ROUND);
    const [dying = 0] = await bothWorkers();

    process.kill(dying, 'SIGKILL');

    await eventually('the worker to be gone', () =>
      gateway.log().includes(`worker ${dying} ended`) ? true : undefined,
    );
    // The other one may still be about to listen.
    expect(await eventually('an answer', () => counted().catch(() => undefined))).toBe(ROUND);
    const answers = await round();
    expect(answers.map(({ status }) => status)).toEqual(Array(ROUND).fill(200));
    expect(await counted()).toBe(2 * ROUND);
    // The next one takes its place, and the heir keeps what it has.
    await bothWorkers();
    expect(await counted()).toBe(2 * ROUND);
  });
});
