import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LogRecord } from '../../src/pdk/log-record.js';
import { call, open, readToTheEnd } from '../support/call.js';
import { freePort } from '../support/free-port.js';
import { type FullBacklog, fullBacklog } from '../support/full-backlog.js';
import { type ScriptedUpstream, scriptedUpstream } from '../support/scripted-upstream.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

const TIMEOUT_MS = 300;
/** Kong answers a read time-out of 300 ms after 303 (core_read_timeout_post_retries2); this machine runs other tests too. */
const PATIENCE_MS = 200;

describe('an upstream that fails a plain Service', () => {
  let upstream: ScriptedUpstream;
  let deaf: FullBacklog;
  let gateway: Gateway;
  /** Requests that reached the upstream, by their query. */
  const arrived: string[] = [];

  beforeAll(async () => {
    upstream = await scriptedUpstream((incoming, outgoing) => {
      const { searchParams, search } = new URL(incoming.url as string, 'http://upstream');
      arrived.push(`${incoming.method} ${search}`);
      switch (searchParams.get('do')) {
        case 'hang':
          incoming.resume();
          return;
        case 'drop':
          incoming.socket.destroy();
          return;
        case 'stall':
          outgoing.writeHead(200, { 'Content-Length': '100' });
          outgoing.write('begun');
          return;
        case 'break':
          outgoing.writeHead(200, { 'Content-Length': '100' });
          outgoing.write('begun');
          setTimeout(() => incoming.socket.destroy(), 20);
          return;
        case 'ignore':
          incoming.pause();
          return;
        default:
          outgoing.statusCode = Number(searchParams.get('do'));
          incoming.resume().on('end', () => outgoing.end());
      }
    });
    deaf = await fullBacklog();
    const service = (name: string, url: string, more: object = {}) => ({
      name,
      url,
      retries: 2,
      connect_timeout: TIMEOUT_MS,
      read_timeout: TIMEOUT_MS,
      write_timeout: TIMEOUT_MS,
      routes: [{ name, paths: [`/${name}`] }],
      ...more,
    });
    const services = [
      service('app', upstream.url),
      service('once', upstream.url, { retries: 0 }),
      service('deaf', `http://127.0.0.1:${deaf.port}`, { retries: 1 }),
      service('refusing', `http://127.0.0.1:${await freePort()}`),
      service('unbuffered', upstream.url, {
        routes: [{ name: 'unbuffered', paths: ['/unbuffered'], request_buffering: false }],
      }),
    ];
    gateway = await startGateway(({ fileLog }) => ({
      _format_version: '3.0',
      services,
      plugins: [{ name: 'file-log', config: { path: fileLog } }],
    }));
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
    await deaf?.close();
  });

  let count = 0;
  /** Asks once; answers with what the client, the upstream and the log saw. */
  const ask = async (path: string, method = 'GET', body?: string) => {
    const mark = `ask=${++count}`;
    const asked = `${path}${path.includes('?') ? '&' : '?'}${mark}`;
    const started = performance.now();
    const answer = await call(`${gateway.proxy}${asked}`, { method, ...(body !== undefined && { body }) });
    const took = performance.now() - started;
    const line = await gateway.logLine(({ request }) => request.uri === asked);
    return { ...answer, took, line, attempts: arrived.filter((one) => one.endsWith(mark)).length };
  };
  const tries = ({ tries: listed }: LogRecord) => listed?.map(({ state, code }) => [state, code]);
  const failed = (code: number) => ['failed', code];
  const expectAfter = (took: number, milliseconds: number) => {
    expect(took).toBeGreaterThanOrEqual(milliseconds - 2);
    expect(took).toBeLessThan(milliseconds + PATIENCE_MS);
  };

  describe('by time-out', () => {
    it('of connecting: 504 after connect_timeout for each try, and the log names all of them', async () => {
      const { status, text, took, line, headers } = await ask('/deaf');

      expect(status).toBe(504);
      expect(text).toContain('The upstream server is timing out');
      expectAfter(took, 2 * TIMEOUT_MS);
      expect(tries(line)).toEqual([failed(504), failed(504)]);
      expect(line).toMatchObject({ upstream_status: '504, 504', source: 'kong' });
      // As Kong: what the first tries cost is the gateway's, the last one is the upstream's.
      expectAfter(Number(headers['x-kong-proxy-latency']), TIMEOUT_MS);
      expectAfter(Number(headers['x-kong-upstream-latency']), TIMEOUT_MS);
      expectAfter(line.latencies.kong, TIMEOUT_MS);
      expectAfter(line.latencies.proxy, TIMEOUT_MS);
    });

    it('of connecting: a POST is tried again too, as nothing was sent', async () => {
      const { status, line } = await ask('/deaf', 'POST', 'body');
      expect([status, tries(line)]).toEqual([504, [failed(504), failed(504)]]);
    });

    it('of reading the head: 504 after read_timeout for each try', async () => {
      const { status, took, line, attempts } = await ask('/app?do=hang');

      expect([status, attempts]).toEqual([504, 3]);
      expectAfter(took, 3 * TIMEOUT_MS);
      expect(tries(line)).toEqual([failed(504), failed(504), failed(504)]);
      expect(line.upstream_status).toBe('504, 504, 504');
    });

    it('of reading the head of a POST: 504 at once, as repeating could act twice', async () => {
      const { status, took, line, attempts } = await ask('/app?do=hang', 'POST', 'body');

      expect([status, attempts]).toEqual([504, 1]);
      expectAfter(took, TIMEOUT_MS);
      expect(tries(line)).toEqual([[undefined, undefined]]);
    });

    it('of reading the body: the response is cut after read_timeout, and nothing is tried again', async () => {
      const started = performance.now();
      const { status, text, whole } = await open(`${gateway.proxy}/app?do=stall`, { method: 'GET' }).then(
        async (opened) => ({ status: opened.status, ...(await readToTheEnd(opened)) }),
      );

      expectAfter(performance.now() - started, TIMEOUT_MS);
      expect({ status, text, whole }).toEqual({ status: 200, text: 'begun', whole: false });
      const line = await gateway.logLine(({ request }) => request.uri === '/app?do=stall');
      expect(line).toMatchObject({ upstream_status: '200', source: 'upstream', response: { status: 200 } });
      expect(line.tries).toHaveLength(1);
    });

    it('of writing a body the upstream does not read: 504 after write_timeout', async () => {
      const outgoing = connect(gateway.proxyPort, '127.0.0.1');
      await once(outgoing, 'connect');
      const length = 64 * 1024 * 1024;
      outgoing.write(`POST /unbuffered?do=ignore HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`);
      const started = performance.now();
      outgoing.on('error', () => {});
      outgoing.write(Buffer.alloc(length / 2));
      const [head] = (await once(outgoing, 'data')) as [Buffer];
      const took = performance.now() - started;
      outgoing.destroy();

      expect(head.toString()).toMatch(/^HTTP\/1\.1 504 /);
      expect(took).toBeGreaterThanOrEqual(TIMEOUT_MS);
      expect(took).toBeLessThan(TIMEOUT_MS + 2 * PATIENCE_MS);
    });
  });

  describe('by its connection', () => {
    it.each([
      ['GET', 3],
      ['HEAD', 3],
      ['PUT', 3],
      ['DELETE', 3],
      ['OPTIONS', 3],
      ['POST', 1],
      ['PATCH', 1],
      ['LOCK', 1],
    ])('broken before an answer, a %s is sent %i times: 502', async (method, times) => {
      const { status, attempts, line } = await ask('/app?do=drop', method);

      expect([status, attempts]).toEqual([502, times]);
      const each = times === 1 ? [undefined, undefined] : failed(502);
      expect(tries(line)).toEqual(Array.from({ length: times }, () => each));
      expect(line.upstream_status).toBe(Array.from({ length: times }, () => '502').join(', '));
    });

    it.each(['GET', 'POST'])('refused, a %s is tried as often as `retries` says', async (method) => {
      const { status, line } = await ask('/refusing', method);
      expect([status, tries(line)]).toEqual([502, [failed(502), failed(502), failed(502)]]);
    });

    it('broken, is tried once where `retries` is 0', async () => {
      const { status, attempts } = await ask('/once?do=drop');
      expect([status, attempts]).toEqual([502, 1]);
    });

    it('broken within the body, cuts the response, and nothing is tried again', async () => {
      const opened = await open(`${gateway.proxy}/app?do=break`, { method: 'GET' });
      const { text, whole } = await readToTheEnd(opened);

      expect([opened.status, text, whole]).toEqual([200, 'begun', false]);
      expect(arrived.filter((one) => one.includes('do=break'))).toHaveLength(1);
    });
  });

  it.each([500, 502, 503, 504, 429])('by a status: %i is an answer, and passed on at once', async (code) => {
    const { status, attempts, line } = await ask(`/app?do=${code}`);

    expect([status, attempts]).toEqual([code, 1]);
    expect(line).toMatchObject({ source: 'upstream', upstream_status: String(code) });
    expect(tries(line)).toEqual([[undefined, undefined]]);
  });

  describe('and a client that leaves', () => {
    it('while it waits for the head: the attempt ends with it, and the log says 499', async () => {
      const opening = connect(gateway.proxyPort, '127.0.0.1');
      opening.write('GET /app?do=hang&leaving HTTP/1.1\r\nHost: a\r\n\r\n');
      const closed = new Promise<void>((resolve) =>
        upstream.server.once('request', ({ socket }) => socket.once('close', resolve)),
      );
      await once(upstream.server, 'request');

      opening.destroy();
      await closed;

      const line = await gateway.logLine(({ request }) => request.uri === '/app?do=hang&leaving');
      expect(line).toMatchObject({ response: { status: 499 }, source: 'kong' });
      expect(line.tries).toHaveLength(1);
    });

    it('in mid-upload after its 502: one line, of the 502', async () => {
      const socket: Socket = connect(gateway.proxyPort, '127.0.0.1');
      socket.write('POST /unbuffered?do=drop&uploading HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhello');
      const [head] = (await once(socket, 'data')) as [Buffer];
      expect(head.toString()).toMatch(/^HTTP\/1\.1 502 /);

      socket.end();
      await once(socket.resume(), 'close');
      const mark = await ask('/app?do=200');

      expect(mark.status).toBe(200);
      const lines = gateway.logLines();
      expect(lines.filter(({ request }) => request.uri === '/unbuffered?do=drop&uploading')).toHaveLength(1);
      expect(lines.filter(({ response }) => response.status === 400)).toEqual([]);
    });
  });
});
