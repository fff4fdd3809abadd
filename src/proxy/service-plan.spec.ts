import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { anEntity, anUpstream, aTarget } from '../../test/support/an-upstream.js';
import { FakeDns } from '../../test/support/fake-dns.js';
import { freePort } from '../../test/support/free-port.js';
import { type DeskConfiguration, type DeskRooms, ServiceDesk } from '../../test/support/service-desk.js';
import { CaCertificate, Certificate } from '../entities/certificate.js';
import { Resolver } from '../transport/resolver.js';

const pem = (name: string) => readFileSync(new URL(`../../test/support/tls/${name}.pem`, import.meta.url), 'utf8');

/** What an upstream saw of one request. */
interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

describe('the plan for a plain Service', () => {
  const servers: Server[] = [];
  const desks: ServiceDesk[] = [];

  // What goes wrong here goes wrong on purpose.
  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(['log', 'warn', 'error', 'fatal']));
  afterEach(async () => {
    await Promise.all(desks.splice(0).map((desk) => desk.close()));
    await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
  });

  const listening = async (server: Server): Promise<number> => {
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  /** An upstream that answers with its port once it has read everything. */
  const upstream = async (answer: (outgoing: ServerResponse, seen: Seen) => void = (outgoing) => outgoing.end()) => {
    const seen: Seen[] = [];
    const server = createServer((incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const { method = '', url = '', headers } = incoming;
        const one = { method, url, headers, body: Buffer.concat(chunks).toString() };
        seen.push(one);
        outgoing.setHeader('x-port', (server.address() as AddressInfo).port);
        answer(outgoing, one);
      });
    });
    return { port: await listening(server), seen };
  };
  const deskFor = async (configuration: DeskConfiguration, rooms?: DeskRooms) => {
    const desk = await ServiceDesk.open(configuration, rooms);
    desks.push(desk);
    return desk;
  };
  const at = (port: number, more: Record<string, unknown> = {}) => ({ service: { host: '127.0.0.1', port, ...more } });
  const states = (answer: { request: { attempts: readonly { state?: string; code?: number }[] } }) =>
    answer.request.attempts.map(({ state, code }) => [state, code]);
  const hang = () => {};
  const drop = (outgoing: ServerResponse) => {
    outgoing.socket?.destroy();
  };

  describe('wording the request', () => {
    it('sends path and query string as they are, a lone question mark included', async () => {
      const { port, seen } = await upstream();
      const desk = await deskFor(at(port));
      await desk.ask({ path: '/a%20b?x=1&x=2' });
      await desk.ask({ path: '/a?' });
      await desk.ask({ path: '/a' });
      expect(seen.map(({ url }) => url)).toEqual(['/a%20b?x=1&x=2', '/a?', '/a']);
    });

    it("names the Service's host and port, the client's with preserve_host, or a plugin's", async () => {
      const { port, seen } = await upstream();
      const desk = await deskFor(at(port, { host: 'localhost' }));
      await desk.ask({ headers: { Host: 'client.test:8000' } });
      await desk.ask({ before: ({ serviceRequest }) => (serviceRequest.hostHeader = 'plugin.test') });
      desk.load({ ...at(port), route: { preserve_host: true } });
      await desk.ask({ headers: { Host: 'client.test:8000' } });
      expect(seen.map(({ headers }) => headers.host)).toEqual([`localhost:${port}`, 'plugin.test', 'client.test:8000']);
    });

    it("names the Target, or the Upstream's host_header", async () => {
      const { port, seen } = await upstream();
      const service = { host: 'up.test' };
      const targets = [aTarget(`127.0.0.1:${port}`)];
      const desk = await deskFor({ service, upstream: anUpstream(), targets });
      await desk.ask();
      desk.load({ service, upstream: anUpstream({ host_header: 'api.test' }), targets });
      await desk.ask();
      desk.load({ service, upstream: anUpstream({ host_header: 'api.test:1234' }), targets });
      await desk.ask();
      expect(seen.map(({ headers }) => headers.host)).toEqual([
        `127.0.0.1:${port}`,
        `api.test:${port}`,
        'api.test:1234',
      ]);
    });

    it('sends a chunked body with its length, once it is whole', async () => {
      const { port, seen } = await upstream();
      const desk = await deskFor(at(port));
      await desk.ask({ method: 'POST', body: Readable.from(['abc', 'de']) });
      expect(seen[0]).toMatchObject({ body: 'abcde', headers: { 'content-length': '5' } });
      expect(seen[0]?.headers['transfer-encoding']).toBeUndefined();
    });

    it('passes a body on as it arrives without request_buffering', async () => {
      const { port, seen } = await upstream();
      const desk = await deskFor({ ...at(port), route: { request_buffering: false } });
      await desk.ask({ method: 'POST', body: Readable.from(['abc', 'de']) });
      await desk.ask({ method: 'POST', headers: { 'Content-Length': '5' }, body: 'abcde' });
      expect(seen.map(({ headers }) => headers['transfer-encoding'] ?? headers['content-length'])).toEqual([
        'chunked',
        '5',
      ]);
      expect(seen.map(({ body }) => body)).toEqual(['abcde', 'abcde']);
    });

    it.each([
      ['announced', { 'Content-Length': String(3 * 1024 * 1024) }],
      ['chunked', {}],
    ])('passes on a body too large to be held, %s', async (_, headers) => {
      const { port, seen } = await upstream();
      const desk = await deskFor(at(port));
      const body = 'x'.repeat(3 * 1024 * 1024);
      await desk.ask({ method: 'PUT', headers, body: Readable.from([Buffer.from(body)]) });
      expect(seen[0]?.body).toBe(body);
    });

    it('refuses a body of unknown length that grows past the limit', async () => {
      const { port, seen } = await upstream();
      const desk = await deskFor(at(port), { maxBodySize: 4 });
      const answer = await desk.ask({ method: 'POST', body: Readable.from(['abc', 'de']) });
      expect(answer.status).toBe(413);
      expect(seen).toHaveLength(0);
    });

    it('sends what a plugin put in the place of the body', async () => {
      const { port, seen } = await upstream();
      const desk = await deskFor(at(port));
      const before = ({ body }: { body: { replace(bytes: Buffer): void } }) => body.replace(Buffer.from('instead'));
      await desk.ask({ method: 'POST', body: 'given', before });
      expect(seen[0]?.body).toBe('instead');
    });
  });

  describe('trying again', () => {
    it('repeats a refused connection as often as `retries` says, whatever the method', async () => {
      const desk = await deskFor(at(await freePort(), { retries: 2 }));
      const get = await desk.ask();
      expect(get.status).toBe(502);
      expect(states(get)).toEqual(Array(3).fill(['failed', 502]));
      expect(states(await desk.ask({ method: 'POST', body: 'x' }))).toHaveLength(3);
      desk.load(at(await freePort(), { retries: 0 }));
      expect(states(await desk.ask())).toHaveLength(1);
    });

    it('sends the same body to the next Target when the first refuses the connection', async () => {
      const well = await upstream();
      const dead = await freePort();
      const targets = [aTarget(`127.0.0.1:${dead}`), aTarget(`127.0.0.1:${well.port}`)];
      const desk = await deskFor({ service: { host: 'up.test' }, upstream: anUpstream(), targets });
      const big = 'y'.repeat(2 * 1024 * 1024);
      const answers = [
        await desk.ask({ method: 'POST', body: 'small' }),
        await desk.ask({ method: 'POST', body: 'small' }),
        await desk.ask({ method: 'POST', headers: { 'Content-Length': String(big.length) }, body: big }),
        await desk.ask({ method: 'POST', headers: { 'Content-Length': String(big.length) }, body: big }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect(well.seen.map(({ body }) => body)).toEqual(['small', 'small', big, big]);
      expect(answers.flatMap(states).filter(([state]) => state === 'failed').length).toBeGreaterThanOrEqual(2);
    });

    it.each([
      ['GET', 3],
      ['PUT', 3],
      ['POST', 1],
      ['PATCH', 1],
      ['LOCK', 1],
    ])('after a connection broken once the request was sent, %s is tried %d times', async (method, tries) => {
      const { port } = await upstream(drop);
      const desk = await deskFor(at(port, { retries: 2 }));
      const answer = await desk.ask({ method });
      expect(answer.status).toBe(502);
      expect(answer.request.attempts.map(({ status }) => status)).toEqual(Array(tries).fill(502));
    });

    it.each([
      ['GET', 3],
      ['POST', 1],
    ])('after read_timeout, %s is tried %d times and answered 504', async (method, tries) => {
      const { port } = await upstream(hang);
      const desk = await deskFor(at(port, { retries: 2, read_timeout: 50 }));
      const answer = await desk.ask({ method });
      expect(answer.status).toBe(504);
      expect(answer.body).toContain('The upstream server is timing out');
      expect(answer.request.attempts.map(({ status }) => status)).toEqual(Array(tries).fill(504));
    });

    it.each([500, 502, 503, 504])('takes %d for an answer', async (status) => {
      const { port } = await upstream((outgoing) => outgoing.writeHead(status).end('own words'));
      const desk = await deskFor(at(port));
      const answer = await desk.ask();
      expect(answer).toMatchObject({ status, body: 'own words' });
      expect(states(answer)).toEqual([[undefined, undefined]]);
    });

    it('does not repeat a body of which a part has gone', async () => {
      const { port } = await upstream(drop);
      const desk = await deskFor({ ...at(port, { retries: 2 }), route: { request_buffering: false } });
      const answer = await desk.ask({ method: 'PUT', body: Readable.from(['abc']) });
      expect(states(answer)).toHaveLength(1);
    });
  });

  describe('finding nobody', () => {
    it('says 503 for an Upstream without Targets', async () => {
      const desk = await deskFor({ service: { host: 'up.test' }, upstream: anUpstream() });
      const answer = await desk.ask({ path: '/a?b' });
      expect(answer.status).toBe(503);
      expect(answer.body).toContain('failure to get a peer from the ring-balancer');
      expect(answer.request).toMatchObject({ attempts: [], upstreamUri: '/a?b', proxied: false });
    });

    it('says 503 for a name that does not exist and 500 when nobody can be asked', async () => {
      const dns = await FakeDns.start();
      const settings = { tries: 1, hostsFile: '/dev/null', resolvConf: '/dev/null' };
      const resolver = new Resolver({ ...settings, servers: [dns.address] });
      const desk = await deskFor({ service: { host: 'nowhere.test' } }, { resolver });
      const missing = await desk.ask();
      expect([missing.status, missing.body]).toEqual([503, expect.stringContaining('name resolution failed')]);
      dns.zones['elsewhere.test'] = { code: 2 };
      desk.load({ service: { host: 'elsewhere.test' } });
      const broken = await desk.ask();
      expect([broken.status, broken.body]).toEqual([
        500,
        expect.stringContaining(
          "failed the initial dns/balancer resolve for 'elsewhere.test' with: dns server error: 2",
        ),
      ]);
      resolver.close();
      await dns.stop();
    });

    it('plans nothing for a Route without a Service', async () => {
      const desk = await deskFor(at(1));
      expect(desk.plans.planFor({ service: undefined } as never)).toBeUndefined();
    });
  });

  describe('an Upstream under traffic', () => {
    it('waits for its names when there is nobody yet', async () => {
      const { port } = await upstream();
      const dns = await FakeDns.start({ 'a.test': { a: ['127.0.0.1'], ttl: 0 }, 'b.test': { a: ['127.0.0.1'] } });
      const resolver = new Resolver({ servers: [dns.address], hostsFile: '/dev/null', resolvConf: '/dev/null' });
      for (const name of ['a.test', 'b.test']) {
        const targets = [aTarget(`${name}:${port}`)];
        const desk = await deskFor({ service: { host: 'up.test' }, upstream: anUpstream(), targets }, { resolver });
        expect((await desk.ask()).status).toBe(200);
      }
      resolver.close();
      await dns.stop();
    });

    it('leaves a Target alone after failures that were followed by another try', async () => {
      const well = await upstream();
      const dead = `127.0.0.1:${await freePort()}`;
      const healthchecks = { passive: { unhealthy: { tcp_failures: 1 } } };
      const targets = [aTarget(dead), aTarget(`127.0.0.1:${well.port}`)];
      const desk = await deskFor({ service: { host: 'up.test' }, upstream: anUpstream({ healthchecks }), targets });
      const answers = [await desk.ask(), await desk.ask(), await desk.ask(), await desk.ask()];
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect(answers.flatMap(states).filter(([state]) => state === 'failed')).toHaveLength(1);
      expect([...desk.reports.targets()]).toContainEqual({
        upstream: 'up.test',
        target: dead,
        address: dead,
        state: 'unhealthy',
      });
    });

    it('counts the last try by its status, so a refused connection without a retry says nothing by default', async () => {
      const dead = aTarget(`127.0.0.1:${await freePort()}`);
      const healthchecks = { passive: { unhealthy: { tcp_failures: 1, http_failures: 1 } } };
      const service = { host: 'up.test', retries: 0 };
      const desk = await deskFor({ service, upstream: anUpstream({ healthchecks }), targets: [dead] });
      expect([(await desk.ask()).status, (await desk.ask()).status]).toEqual([502, 502]);
      const counting = { passive: { unhealthy: { http_statuses: [502], http_failures: 1 } } };
      desk.load({ service, upstream: anUpstream({ healthchecks: counting }), targets: [dead] });
      expect([(await desk.ask()).status, (await desk.ask()).status]).toEqual([502, 503]);
    });

    it('counts a status and a time-out', async () => {
      const busy = await upstream((outgoing) => outgoing.writeHead(503).end());
      const slow = await upstream(hang);
      const healthchecks = { passive: { unhealthy: { http_failures: 1, timeouts: 1 } } };
      const service = { host: 'up.test', retries: 0, read_timeout: 50 };
      for (const [port, status] of [
        [busy.port, 503],
        [slow.port, 504],
      ] as const) {
        const targets = [aTarget(`127.0.0.1:${port}`)];
        const desk = await deskFor({ service, upstream: anUpstream({ healthchecks }), targets });
        expect((await desk.ask()).status).toBe(status);
        expect((await desk.ask()).body).toContain('failure to get a peer');
      }
    });

    it('counts an exchange as over when the client leaves', async () => {
      let begun = () => {};
      const hasBegun = new Promise<void>((resolve) => {
        begun = resolve;
      });
      const slow = (outgoing: ServerResponse, { url }: Seen) => (url === '/slow' ? begun() : outgoing.end());
      const both = [await upstream(slow), await upstream(slow)];
      const targets = both.map(({ port }) => aTarget(`127.0.0.1:${port}`));
      const algorithm = 'least-connections';
      const desk = await deskFor({ service: { host: 'up.test' }, upstream: anUpstream({ algorithm }), targets });
      await desk.askAndLeave({ path: '/slow' }, hasBegun);
      for (let count = 0; count < 4; count++) await desk.ask();
      expect(both.map(({ seen }) => seen.filter(({ url }) => url === '/').length)).toEqual([2, 2]);
    });
  });

  describe('staying with a Target', () => {
    const three = async () => {
      const all = [await upstream(), await upstream(), await upstream()];
      return all.map(({ port }) => aTarget(`127.0.0.1:${port}`));
    };
    const portsOf = async (desk: ServiceDesk, requests: Parameters<ServiceDesk['ask']>[0][]) => {
      const ports: unknown[] = [];
      for (const asked of requests) ports.push((await desk.ask(asked)).headers['x-port']);
      return ports;
    };

    it.each<[string, Record<string, unknown>, (key: string) => Parameters<ServiceDesk['ask']>[0]]>([
      ['header', { hash_on: 'header', hash_on_header: 'X-Session' }, (key) => ({ headers: { 'X-Session': key } })],
      ['path', { hash_on: 'path' }, (key) => ({ path: `/${key}` })],
      ['query argument', { hash_on: 'query_arg', hash_on_query_arg: 'q' }, (key) => ({ path: `/?q=${key}` })],
      [
        'uri capture',
        { hash_on: 'uri_capture', hash_on_uri_capture: 'id' },
        (id) => ({ before: (request) => (request.uriCaptures = { id }) }),
      ],
      ['consumer', { hash_on: 'consumer' }, (id) => ({ before: (request) => (request.credential = { id }) })],
      [
        'fallback',
        { hash_on: 'header', hash_on_header: 'X-None', hash_fallback: 'header', hash_fallback_header: 'X-Session' },
        (key) => ({ headers: { 'X-Session': key } }),
      ],
    ])('hashes the %s', async (_, fields, asking) => {
      const desk = await deskFor({
        service: { host: 'up.test' },
        upstream: anUpstream(fields),
        targets: await three(),
      });
      const keys = Array.from({ length: 12 }, (__, index) => `key-${index}`);
      const first = await portsOf(desk, keys.map(asking));
      expect(await portsOf(desk, keys.map(asking))).toEqual(first);
      expect(new Set(first).size).toBeGreaterThan(1);
    });

    it.each<[string, Record<string, unknown>, Parameters<ServiceDesk['ask']>[0], Parameters<ServiceDesk['ask']>[0]]>([
      [
        'an empty header for a value',
        { hash_on: 'header', hash_on_header: 'X-Session', hash_fallback: 'path' },
        { path: '/a', headers: { 'X-Session': '' } },
        { path: '/b', headers: { 'X-Session': '' } },
      ],
      [
        'several arguments in any order for one value',
        { hash_on: 'query_arg', hash_on_query_arg: 'q' },
        { path: '/?q=1&q=2' },
        { path: '/?q=2&q=1' },
      ],
      [
        'a cookie in other letters for the same',
        { hash_on: 'cookie', hash_on_cookie: 'who' },
        { headers: { Cookie: 'who=me' } },
        { headers: { Cookie: 'WHO=me' } },
      ],
      [
        'groups by position for nothing',
        { hash_on: 'uri_capture', hash_on_uri_capture: '1' },
        { before: (request) => (request.uriCaptures = { 1: 'a' }) },
        { before: (request) => (request.uriCaptures = { 1: 'b' }) },
      ],
    ])('takes %s', async (_, fields, one, other) => {
      const targets = await three();
      const desk = await deskFor({ service: { host: 'up.test' }, upstream: anUpstream(fields), targets });
      const asked = Array.from({ length: 6 }, (__, index) => (index % 2 === 0 ? one : other));
      expect(new Set(await portsOf(desk, asked)).size).toBe(1);
    });

    it('gives a client a cookie and knows it by that', async () => {
      const fields = { hash_on: 'cookie', hash_on_cookie: 'who', hash_on_cookie_path: '/api' };
      const desk = await deskFor({
        service: { host: 'up.test' },
        upstream: anUpstream(fields),
        targets: await three(),
      });
      const first = await desk.ask();
      const cookie = first.headers['set-cookie']?.[0] ?? '';
      expect(cookie).toMatch(/^who=[0-9a-f-]{36}; Path=\/api; Same-Site=Lax; HttpOnly$/);
      const Cookie = `other=1; ${cookie.split(';')[0]}`;
      for (let count = 0; count < 4; count++) {
        const again = await desk.ask({ headers: { Cookie } });
        expect(again.headers['x-port']).toBe(first.headers['x-port']);
        expect(again.headers['set-cookie']).toBeUndefined();
      }
    });
  });

  it('keeps a sticky session, and begins another when its Target is gone', async () => {
    const [one, two] = [await upstream(), await upstream()];
    const fields = { algorithm: 'sticky-sessions', sticky_sessions_cookie: 'session' };
    const targets = [one, two].map(({ port }) => aTarget(`127.0.0.1:${port}`));
    const configuration = { service: { host: 'up.test' }, upstream: anUpstream(fields), targets };
    const desk = await deskFor(configuration);
    const first = await desk.ask();
    const Cookie = first.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    expect(Cookie).toMatch(/^session=[0-9a-f]{8}$/);
    const port = Number(first.headers['x-port']);
    for (let count = 0; count < 4; count++) {
      const again = await desk.ask({ headers: { Cookie } });
      expect([again.headers['x-port'], again.headers['set-cookie']]).toEqual([String(port), undefined]);
    }
    desk.load({ ...configuration, targets: targets.filter(({ target }) => target !== `127.0.0.1:${port}`) });
    const moved = await desk.ask({ headers: { Cookie } });
    expect(moved.headers['x-port']).not.toBe(String(port));
    expect(moved.headers['set-cookie']?.[0]).toMatch(/^session=[0-9a-f]{8}; Path=\/;/);
  });

  describe('with TLS', () => {
    const ids = {
      authority: '22222222-2222-4222-8222-222222222222',
      certificate: '33333333-3333-4333-8333-333333333333',
    };
    const others = {
      ca_certificates: [anEntity(CaCertificate, { id: ids.authority, cert: pem('ca') })],
      certificates: [anEntity(Certificate, { id: ids.certificate, cert: pem('client'), key: pem('client.key') })],
    };
    const secure = async () => {
      const seen: { servername: unknown; client: string | undefined }[] = [];
      const options = { cert: pem('server'), key: pem('server.key'), ca: pem('ca'), requestCert: true };
      const server = createSecureServer({ ...options, rejectUnauthorized: false }, ({ socket }, outgoing) => {
        const tls = socket as TLSSocket & { servername?: unknown };
        const { subject } = tls.getPeerCertificate();
        const name = subject?.CN;
        seen.push({ servername: tls.servername, client: Array.isArray(name) ? name[0] : name });
        outgoing.end();
      });
      return { port: await listening(server), seen };
    };
    const serving = (port: number, more: object = {}) => ({
      service: { protocol: 'https', host: '127.0.0.1', port, retries: 0, ...more },
      others,
    });

    it('verifies nothing unless it is told to, and asks for the name of the host', async () => {
      const { port, seen } = await secure();
      const desk = await deskFor(serving(port));
      expect((await desk.ask()).status).toBe(200);
      desk.load(serving(port, { host: 'localhost' }));
      expect((await desk.ask()).status).toBe(200);
      desk.load({ ...serving(port), route: { preserve_host: true } });
      expect((await desk.ask({ headers: { Host: 'api.test:8443' } })).status).toBe(200);
      expect(seen.map(({ servername }) => servername || undefined)).toEqual([undefined, 'localhost', 'api.test']);
    });

    it('verifies against the authorities named, or else the usual ones', async () => {
      const { port } = await secure();
      const desk = await deskFor(serving(port, { host: 'localhost', tls_verify: true }));
      expect((await desk.ask()).status).toBe(502);
      desk.load(serving(port, { host: 'localhost', tls_verify: true, ca_certificates: [ids.authority] }));
      expect((await desk.ask()).status).toBe(200);
      desk.load({
        ...serving(port, { tls_verify: true, ca_certificates: [ids.authority] }),
        route: { preserve_host: true },
      });
      expect((await desk.ask({ headers: { Host: 'stranger.test' } })).status).toBe(502);
    });

    it("shows the Service's client certificate, or else the Upstream's", async () => {
      const { port, seen } = await secure();
      const client_certificate = { id: ids.certificate };
      const desk = await deskFor(serving(port, { client_certificate }));
      await desk.ask();
      desk.load({
        ...serving(port, { host: 'up.test' }),
        upstream: anUpstream({ client_certificate }),
        targets: [aTarget(`127.0.0.1:${port}`)],
      });
      await desk.ask();
      expect(seen.map(({ client }) => client)).toEqual(['client.test', 'client.test']);
    });
  });
});
