import { once } from 'node:events';
import { Agent, createServer, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { call } from '../support/call.js';
import { echoUpstream } from '../support/echo-upstream.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

jest.setTimeout(240_000);

const RELOADS = 1000;
/** Between one reload and the next, so that each stream lives through some twenty of them. */
const PACE_MS = 15;
/** V8 keeps garbage as long as there is room for it; with little room, memory that grows is memory that is held. */
const LITTLE_ROOM = { NODE_OPTIONS: '--max-old-space-size=96' };
const PLAIN_CLIENTS = 4;
const STREAMING_CLIENTS = 4;
const EVENTS = 30;
/** After so many reloads everything that is kept once is there; from then on memory must not grow. */
const SETTLED = 500;

/** Resident memory comes and goes by some megabytes with the garbage of the moment. */
const MOST_GROWTH_MB = 25;

let upstream: Server;
let target: string;
beforeAll(async () => {
  upstream = createServer((incoming, outgoing) => {
    incoming.resume();
    if (incoming.url?.startsWith('/stream')) void stream(outgoing);
    else outgoing.end('whole');
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  target = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
});
afterAll(() => {
  upstream.close();
});

async function stream(outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(200, { 'content-type': 'text/event-stream' });
  for (let event = 0; event < EVENTS; event++) {
    outgoing.write(`data: ${event}\n\n`);
    await pause(10);
  }
  outgoing.end('data: [DONE]\n\n');
}

const WHOLE_STREAM = `${Array.from({ length: EVENTS }, (_, event) => `data: ${event}\n\n`).join('')}data: [DONE]\n\n`;

/** Services and Routes, one plugin that stays as it is and one that every version configures anew. */
function declaration(version: number): object {
  const services = Array.from({ length: 20 }, (_, index) => ({
    name: `service-${index}`,
    url: target,
    retries: (version + index) % 5,
    routes: [{ name: `route-${index}`, paths: [`/${index}/`] }],
  }));
  return {
    _format_version: '3.0',
    services,
    upstreams: [{ name: 'pool.test', targets: [{ target: new URL(target).host, weight: 1 + (version % 3) }] }],
    plugins: [
      { name: 'prometheus' },
      { name: 'request-transformer', config: { add: { headers: [`x-version:${version}`] } } },
    ],
  };
}

interface Tally {
  answered: number;
  /** Anything but the whole answer; with why. */
  readonly failed: string[];
}

/** One request after the other over kept connections, each compared with what it must be. */
async function keepAsking(url: string, expected: string, tally: Tally, signal: AbortSignal): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  while (!signal.aborted) {
    const problem = await new Promise<string | undefined>((settle) => {
      const outgoing = request(url, { agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', (error) => settle(`cut: ${error.message}`));
        response.on('end', () => {
          const body = Buffer.concat(chunks).toString();
          settle(response.statusCode === 200 && body === expected ? undefined : `${response.statusCode} ${body}`);
        });
      });
      outgoing.on('error', (error) => settle(error.message));
      outgoing.end();
    });
    if (problem === undefined) tally.answered += 1;
    else tally.failed.push(problem);
  }
  agent.destroy();
}

async function underLoad(gateway: Gateway, work: () => Promise<void>): Promise<{ plain: Tally; streaming: Tally }> {
  const plain: Tally = { answered: 0, failed: [] };
  const streaming: Tally = { answered: 0, failed: [] };
  const stop = new AbortController();
  const clients = [
    ...Array.from({ length: PLAIN_CLIENTS }, (_, index) =>
      keepAsking(`${gateway.proxy}/${index}/plain`, 'whole', plain, stop.signal),
    ),
    ...Array.from({ length: STREAMING_CLIENTS }, (_, index) =>
      keepAsking(`${gateway.proxy}/${index}/stream`, WHOLE_STREAM, streaming, stop.signal),
    ),
  ];
  try {
    await work();
  } finally {
    stop.abort();
    await Promise.all(clients);
  }
  return { plain, streaming };
}

const megabytes = (bytes: number) => Math.round(bytes / 1024 / 1024);

describe(`${RELOADS} reloads under load`, () => {
  it('fail no request, cut no stream, and leave no memory behind: POST /config', async () => {
    const gateway = await startGateway(declaration(0), { env: LITTLE_ROOM });
    const memory: number[] = [];

    const { plain, streaming } = await underLoad(gateway, async () => {
      for (let version = 1; version <= RELOADS; version++) {
        const { status, text } = await call(`${gateway.admin}/config`, { body: declaration(version) });
        expect([status, status === 201 ? '' : text]).toEqual([201, '']);
        if (version % 50 === 0) memory.push(gateway.residentBytes());
        await pause(PACE_MS);
      }
    });

    await gateway.stop();
    report('POST /config', plain, streaming, memory);
    expect([plain.failed, streaming.failed]).toEqual([[], []]);
    expect(streaming.answered).toBeGreaterThan(50);
    expect(growth(memory)).toBeLessThan(MOST_GROWTH_MB);
  });

  it('fail no request, cut no stream, and leave no memory behind: changes of single entities', async () => {
    const gateway = await startGateway(
      {},
      { env: { ...LITTLE_ROOM, KONG_DATABASE: 'embedded' }, readyPath: '/status' },
    );
    for (let index = 0; index < PLAIN_CLIENTS; index++) {
      await call(`${gateway.admin}/services`, { body: { name: `service-${index}`, url: target } });
      await call(`${gateway.admin}/services/service-${index}/routes`, { body: { paths: [`/${index}/`] } });
    }
    const memory: number[] = [];

    const { plain, streaming } = await underLoad(gateway, async () => {
      for (let version = 1; version <= RELOADS; version++) {
        const path = `/services/service-${version % PLAIN_CLIENTS}`;
        const { status, text } = await call(gateway.admin + path, { method: 'PATCH', body: { retries: version % 9 } });
        expect([status, status === 200 ? '' : text]).toEqual([200, '']);
        if (version % 50 === 0) memory.push(gateway.residentBytes());
        await pause(PACE_MS);
      }
    });

    await gateway.stop();
    report('PATCH', plain, streaming, memory);
    expect([plain.failed, streaming.failed]).toEqual([[], []]);
    expect(streaming.answered).toBeGreaterThan(50);
    expect(growth(memory)).toBeLessThan(MOST_GROWTH_MB);
  });
});

describe('a reload', () => {
  const pooled = (tag: string, ports: readonly number[]) => ({
    _format_version: '3.0',
    services: [{ name: 's', host: 'pool.test', routes: [{ name: 'r', paths: ['/'], tags: [tag] }] }],
    upstreams: [{ name: 'pool.test', targets: ports.map((port) => ({ target: `127.0.0.1:${port}` })) }],
    plugins: [{ name: 'prometheus', config: { status_code_metrics: true } }],
  });

  it('leaves what did not change as it was: whose turn it is, and what was counted', async () => {
    const upstreams = await Promise.all([echoUpstream(), echoUpstream()]);
    const ports = upstreams.map(({ port }) => port);
    const gateway = await startGateway(pooled('first', ports));

    for (let round = 0; round < 10; round++) {
      expect((await call(`${gateway.proxy}/`, { method: 'GET' })).status).toBe(200);
      expect((await call(`${gateway.admin}/config`, { body: pooled(`round-${round}`, ports) })).status).toBe(201);
    }

    expect(upstreams.map(({ seen }) => seen.length)).toEqual([5, 5]);
    expect(await gateway.metrics()).toMatch(/^kong_http_requests_total\{[^}]*code="200"[^}]*\} 10$/m);
    await gateway.stop();
    await Promise.all(upstreams.map((upstream) => upstream.close()));
  });

  it.each([
    ['a field is wrong', { name: 'file-log', config: { path: '' } }, 'length must be at least 1'],
    ['a plugin is not there', { name: 'no-such-plugin' }, "plugin 'no-such-plugin' not enabled"],
  ])('changes nothing when %s, and says why', async (_name, plugin, reason) => {
    const gateway = await startGateway(declaration(0));
    const hash = async () => (await call(`${gateway.status}/status`, { method: 'GET' })).json()['configuration_hash'];
    const before = await hash();

    const { status, text } = await call(`${gateway.admin}/config`, {
      body: { ...declaration(1), plugins: [plugin] },
    });

    expect(status).toBe(400);
    expect(text).toContain(reason);
    expect(await hash()).toBe(before);
    expect((await call(`${gateway.proxy}/1/plain`, { method: 'GET' })).text).toBe('whole');
    await gateway.stop();
  });
});

/** Megabytes between the least that was used early on and the least that was used at the end: between the collections. */
function growth(memory: readonly number[]): number {
  const settled = memory.slice(SETTLED / 50);
  const half = Math.floor(settled.length / 2);
  return megabytes(Math.min(...settled.slice(half)) - Math.min(...settled.slice(0, half)));
}

function report(how: string, plain: Tally, streaming: Tally, memory: readonly number[]): void {
  console.info(
    `${how}: ${plain.answered} plain and ${streaming.answered} streaming requests whole, ` +
      `${plain.failed.length} failed, ${streaming.failed.length} cut; memory in MB ${memory.map(megabytes).join(' ')}`,
  );
}
