import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Resolver } from '../../src/transport/resolver.js';
import { anUpstream } from '../support/an-upstream.js';
import { FakeDns } from '../support/fake-dns.js';
import { freePort } from '../support/free-port.js';
import { type DeskRequest, ServiceDesk } from '../support/service-desk.js';

interface AttemptCase {
  readonly name: string;
  readonly upstream: 'hang' | 'refuse' | 'drop' | '404' | 'no targets' | 'no name server';
  readonly service: Readonly<Record<string, unknown>>;
  readonly request: DeskRequest;
  readonly expected: {
    readonly status: number;
    readonly message: string;
    readonly tries: readonly { readonly state?: string; readonly code?: number; readonly status: number }[];
    readonly upstreamUri: string;
    /** How many the upstream saw. */
    readonly requests: number;
  };
}

const cases = JSON.parse(
  readFileSync(new URL('./fixtures/balancer/attempts.json', import.meta.url), 'utf8'),
) as AttemptCase[];

/** What Kong 3.9.3 was seen to do with upstreams that fail. */
describe('attempts at an upstream', () => {
  // What goes wrong here goes wrong on purpose.
  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(['log', 'warn', 'error', 'fatal']));

  it.each(cases)('$name', async ({ upstream, service, request, expected }) => {
    let requests = 0;
    const server = createServer((_, outgoing) => {
      requests += 1;
      if (upstream === 'drop') outgoing.socket?.destroy();
      if (upstream === '404') outgoing.writeHead(404).end('own words');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = upstream === 'refuse' ? await freePort() : (server.address() as AddressInfo).port;
    const silent = await FakeDns.start();
    const resolver = new Resolver({ servers: [silent.address], tries: 1 });
    await silent.stop();
    const desk = await ServiceDesk.open(
      {
        service: { host: '127.0.0.1', port, ...service },
        upstream: upstream === 'no targets' ? anUpstream({ name: 'emptyup' }) : undefined,
      },
      { resolver },
    );

    const answer = await desk.ask(request);
    await desk.close();
    resolver.close();
    server.close();
    server.closeAllConnections();

    expect(answer.status).toBe(expected.status);
    expect(answer.body).toContain(expected.message);
    const { attempts, upstreamUri } = answer.request;
    const tries = attempts.map(({ state, code, status }) => ({ state, code, status }));
    expect(tries).toEqual(expected.tries);
    expect(upstreamUri).toBe(expected.upstreamUri);
    expect(requests).toBe(expected.requests);
  });
});
