import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { call, codexRequest, open, readToTheEnd } from '../support/call.js';
import { codexHowTo } from '../support/codex-how-to.js';
import { type FakeUpstream, fakeUpstream } from '../support/fake-upstream.js';
import { type ScriptedUpstream, scriptedUpstream } from '../support/scripted-upstream.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

const MAIN = 'test/journeys/fixtures/clumsy-plugin/start.mjs';

describe.each(['access', 'later', 'headerFilter', 'bodyFilter', 'log'])('a plugin that throws (%s)', (phase) => {
  let upstream: FakeUpstream;
  let gateway: Gateway;

  beforeAll(async () => {
    upstream = await fakeUpstream();
    gateway = await startGateway(codexHowTo({ upstream, plugins: [{ name: 'clumsy', config: { phase } }] }), {
      main: MAIN,
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
  });

  it('costs its own request at most: the client learns that something broke, and nothing of what', async () => {
    const outcome = await open(`${gateway.proxy}/codex`, { body: codexRequest({ stream: false }) }).catch(
      () => undefined,
    );
    const read = outcome && { status: outcome.status, ...(await readToTheEnd(outcome)) };

    switch (phase) {
      case 'access':
      case 'later':
        expect(read).toMatchObject({ status: 500, whole: true });
        expect(JSON.parse(read?.text ?? '')).toMatchObject({ message: 'An unexpected error occurred' });
        expect(upstream.requests).toEqual([]);
        break;
      case 'log':
        expect(read).toMatchObject({ status: 200, whole: true });
        break;
      default:
        expect(read?.whole ?? false).toBe(false); // Broken off, or never begun: no answer that looks complete.
    }
    expect(read?.text ?? '').not.toContain('clumsy');
  });

  it('is named in the log with its phase, and the other plugins’ log handlers still run', async () => {
    const line = await gateway.logLine();

    expect(line.route).toMatchObject({ name: 'codex-route' });
    expect(gateway.log()).toContain('clumsy');
    expect(gateway.log()).toMatch(phase === 'later' ? /access/ : new RegExp(phase.replace('Filter', '.?filter'), 'i'));
  });

  it('does not take the process with it', async () => {
    const status = await call(`${gateway.status}/status`, { method: 'GET' });
    await call(`${gateway.proxy}/codex`, { body: codexRequest({ stream: false }) }).catch(() => undefined);

    expect(status.status).toBe(200);
    expect((await gateway.atLeastLogLines(2)).length).toBe(2);
  });
});

describe('a plugin that breaks responses off', () => {
  const served = { first: 0, second: 0 };
  let upstreams: ScriptedUpstream[];
  let gateway: Gateway;

  beforeAll(async () => {
    upstreams = await Promise.all(
      (['first', 'second'] as const).map((name) =>
        scriptedUpstream((incoming, outgoing) => {
          if (incoming.url === '/sound') served[name] += 1;
          outgoing.end('a body');
        }),
      ),
    );
    const clumsy = (phase: string) => [{ name: 'clumsy', config: { phase } }];
    const route = (name: string, plugins: object[]) => ({ name, paths: [`/${name}`], strip_path: false, plugins });
    gateway = await startGateway(
      {
        _format_version: '3.0',
        upstreams: [
          {
            name: 'pair',
            algorithm: 'least-connections',
            targets: upstreams.map(({ url }) => ({ target: new URL(url).host })),
          },
        ],
        services: [
          {
            name: 'pair',
            url: 'http://pair',
            routes: [route('head', clumsy('headerFilter')), route('body', clumsy('bodyFilter')), route('sound', [])],
          },
        ],
      },
      { main: MAIN },
    );
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all((upstreams ?? []).map((upstream) => upstream.close()));
  });

  it('leaves no connection counted as open: the Targets go on taking turns', async () => {
    for (const path of ['head', 'body', 'head']) {
      await call(`${gateway.proxy}/${path}`, { method: 'GET' }).catch(() => undefined);
    }
    for (let count = 0; count < 4; count++) await call(`${gateway.proxy}/sound`, { method: 'GET' });

    expect(served).toEqual({ first: 2, second: 2 });
  });
});
