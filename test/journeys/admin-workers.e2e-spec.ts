import { afterEach, describe, expect, it } from '@jest/globals';
import { call } from '../support/call.js';
import { echoUpstream } from '../support/echo-upstream.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

/** Connections go to the workers in turn, so so many reach every one of them. */
const ENOUGH = 12;

let gateway: Gateway;
afterEach(() => gateway.stop());

async function statuses(path: string): Promise<number[]> {
  const answers = await Promise.all(
    Array.from({ length: ENOUGH }, () => call(gateway.proxy + path, { method: 'GET' })),
  );
  return [...new Set(answers.map(({ status }) => status))];
}

describe('a change through one of several worker processes', () => {
  it('is in force in all of them once it is acknowledged: the embedded store', async () => {
    const upstream = await echoUpstream();
    const env = { KONG_DATABASE: 'embedded', KONG_NGINX_WORKER_PROCESSES: '3' };
    gateway = await startGateway({}, { env, readyPath: '/status' });
    await call(`${gateway.admin}/services`, { body: { name: 's', url: upstream.url } });

    for (let round = 0; round < 5; round++) {
      const path = `/round-${round}`;
      expect(await statuses(path)).toEqual([404]);
      // Which worker takes the request is chance; after the first it may be another one that makes the next change.
      expect((await call(`${gateway.admin}/services/s/routes`, { body: { paths: [path] } })).status).toBe(201);
      expect(await statuses(path)).toEqual([200]);
    }
    await upstream.close();
  });

  it('is in force in all of them once it is acknowledged: POST /config', async () => {
    const upstream = await echoUpstream();
    const routed = (path: string) => ({
      _format_version: '3.0',
      services: [{ name: 's', url: upstream.url, routes: [{ name: 'r', paths: [path] }] }],
    });
    gateway = await startGateway(routed('/before'), { env: { KONG_NGINX_WORKER_PROCESSES: '3' } });

    expect((await call(`${gateway.admin}/config`, { body: routed('/after') })).status).toBe(201);

    expect(await statuses('/after')).toEqual([200]);
    expect(await statuses('/before')).toEqual([404]);
    await upstream.close();
  });
});
