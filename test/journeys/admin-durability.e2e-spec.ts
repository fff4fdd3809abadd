import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { call } from '../support/call.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

const ROUNDS = 15;
const WRITERS = 4;

let folder: string;
beforeAll(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'sluice-store-')), 'data');
});
afterAll(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

const start = () =>
  startGateway({}, { env: { KONG_DATABASE: 'embedded', SLUICE_DATA_FOLDER: folder }, readyPath: '/status' });

/** What a writer was told is kept: the Service's name and the number of retries last acknowledged. */
type Acknowledged = Map<string, number>;

/** Creates Services and changes them again, one after the other, until the gateway is gone. */
async function writeUntilGone(gateway: Gateway, name: (index: number) => string, acknowledged: Acknowledged) {
  for (let index = 0; ; index++) {
    try {
      const created = await call(`${gateway.admin}/services`, {
        body: { name: name(index), host: 'a.test', retries: 1 },
      });
      expect(created).toMatchObject({ status: 201 });
      acknowledged.set(name(index), 1);
      const routed = await call(`${gateway.admin}/services/${name(index)}/routes`, {
        body: { paths: [`/${name(index)}`] },
      });
      expect(routed).toMatchObject({ status: 201 });
      const changed = await call(`${gateway.admin}/services/${name(index)}`, { method: 'PATCH', body: { retries: 2 } });
      expect(changed).toMatchObject({ status: 200 });
      acknowledged.set(name(index), 2);
    } catch (error) {
      if ((error as { matcherResult?: unknown }).matcherResult) throw error;
      return;
    }
  }
}

interface Page {
  readonly data: readonly { readonly name: string; readonly retries: number }[];
  readonly next: string | null;
}

async function servicesOf(gateway: Gateway): Promise<Map<string, number>> {
  const services = new Map<string, number>();
  let path: string | null = '/services?size=1000';
  while (path !== null) {
    const page: Page = (await call(gateway.admin + path, { method: 'GET' })).json<Page>();
    for (const { name, retries } of page.data) services.set(name, retries);
    path = page.next;
  }
  return services;
}

describe('the embedded store', () => {
  it(`has everything it acknowledged after being killed ${ROUNDS} times in the middle of writes`, async () => {
    const acknowledged: Acknowledged = new Map();
    let gateway = await start();
    for (let round = 0; round < ROUNDS; round++) {
      const writers = Array.from({ length: WRITERS }, (_, writer) =>
        writeUntilGone(gateway, (index) => `r${round}-w${writer}-${index}`, acknowledged),
      );
      // Long enough for some writes, and never at the same point of one.
      await pause(100 + Math.random() * 300);
      await gateway.kill();
      await Promise.all(writers);
      gateway = await start();
      const kept = await servicesOf(gateway);
      for (const [name, retries] of acknowledged) {
        expect([name, kept.get(name)]).toEqual([name, expect.any(Number)]);
        // What was under way may have been kept before the answer was: never less than what was acknowledged.
        expect(kept.get(name)).toBeGreaterThanOrEqual(retries);
      }
    }
    expect(acknowledged.size).toBeGreaterThan(ROUNDS * WRITERS);
    await gateway.stop();
  }, 240_000);

  it('is readable for its owner alone', () => {
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'configuration.db')).mode & 0o777).toBe(0o600);
  });
});
