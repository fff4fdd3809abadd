import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ConfigStore } from '../../config/config-store.js';
import { Settings } from '../../config/settings.js';
import { Snapshot } from '../../config/snapshot.js';
import { Certificate } from '../../entities/certificate.js';
import { recordSchema } from '../../entities/record-schema.js';
import { LostLines } from '../../observability/lost-lines.js';
import type { LogRecord } from '../../pdk/log-record.js';
import type { ProxiedRequest } from '../../pdk/proxied-request.js';
import { HttpLogConfig } from './http-log.config.js';
import { HttpLogPlugin } from './http-log.plugin.js';

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** A server that takes log lines, and answers as `answer` says. */
let server: Server;
let received: Received[];
let answer: (response: ServerResponse) => void;
let arrived: () => void;
let plugin: HttpLogPlugin;
let lostLines: LostLines;
let store: ConfigStore;

beforeEach(async () => {
  Logger.overrideLogger(false);
  received = [];
  arrived = () => {};
  answer = (response) => response.end();
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method, url, headers } = request;
      received.push({ method, url, headers, body: JSON.parse(body) });
      answer(response);
      arrived();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  lostLines = new LostLines();
  store = new ConfigStore();
  plugin = new HttpLogPlugin(lostLines, store, new Settings());
});

afterEach(async () => {
  await plugin.onApplicationShutdown();
  server.closeAllConnections();
  server.close();
});

const place = () => `127.0.0.1:${(server.address() as AddressInfo).port}`;
const requests = (count: number) =>
  new Promise<Received[]>((resolve) => {
    arrived = () => {
      if (received.length >= count) resolve(received);
    };
    arrived();
  });
const lost = () => [...lostLines.entries()].reduce((total, { lines }) => total + lines, 0);

function configured(config: Record<string, unknown> = {}) {
  const checked = recordSchema(HttpLogConfig).check({ http_endpoint: `http://${place()}/log`, ...config });
  if (checked.error !== undefined) throw new Error(JSON.stringify(checked.error));
  const prepared = plugin.configure(checked.value, { id: 'p', attachedTo: 'all', unresolved: [], warn: () => {} });
  const line = (id: number) => {
    plugin.log({ id } as unknown as LogRecord, prepared, { method: 'GET' } as unknown as ProxiedRequest);
  };
  return { prepared, line };
}

describe('http-log', () => {
  it('sends each line as an object, with the headers it was given', async () => {
    const { line } = configured({ headers: { 'X-Team': 'blue' }, content_type: 'application/json; charset=utf-8' });
    line(1);

    const [first] = await requests(1);
    expect(first).toMatchObject({ method: 'POST', url: '/log', body: { id: 1 } });
    expect(first?.headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', 'x-team': 'blue' });
  });

  it('calls itself what it is told to', async () => {
    const { line } = configured({ headers: { 'User-Agent': 'edge-7' } });
    line(1);

    const [first] = await requests(1);
    expect(first?.headers['user-agent']).toBe('edge-7');
  });

  it('sends a batch as a list as soon as it is full', async () => {
    const { line } = configured({ method: 'PUT', queue: { max_batch_size: 3, max_coalescing_delay: 3600 } });
    for (const id of [1, 2, 3, 4]) line(id);

    const [first] = await requests(1);
    expect(first).toMatchObject({ method: 'PUT', body: [{ id: 1 }, { id: 2 }, { id: 3 }] });
  });

  it('sends a batch that does not fill up when its first line has waited long enough', async () => {
    const { line } = configured({ queue: { max_batch_size: 3, max_coalescing_delay: 0.02 } });
    line(1);

    expect((await requests(1))[0]?.body).toEqual([{ id: 1 }]);
  });

  it('understands the former names of the queue’s fields', async () => {
    const { line } = configured({ queue_size: 2, flush_timeout: 3600 });
    line(1);
    line(2);

    expect((await requests(1))[0]?.body).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('takes a former field with its former default for one that nobody set', async () => {
    const { line } = configured({
      queue_size: 1,
      flush_timeout: 2,
      queue: { max_batch_size: 2, max_coalescing_delay: 3600 },
    });
    line(1);
    line(2);

    expect((await requests(1))[0]?.body).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('logs in with the user info of the endpoint, and shows it to nobody else', async () => {
    const { line, prepared } = configured({ http_endpoint: `http://me:s%40fe@${place()}/log?token=t` });
    line(1);

    const [first] = await requests(1);
    expect(first?.url).toBe('/log?token=t');
    expect(first?.headers.authorization).toBe(`Basic ${Buffer.from('me:s@fe').toString('base64')}`);
    expect(prepared.endpoint.name).toBe(`http://${place()}/log`);
  });

  it('adds custom fields, which loggers that run later see as well', async () => {
    const { prepared } = configured({ custom_fields_by_lua: { cf: 'return 1 + 1' } });
    const record = { id: 1 } as unknown as LogRecord;
    plugin.log(record, prepared, {} as ProxiedRequest);

    expect((await requests(1))[0]?.body).toEqual({ id: 1, cf: 2 });
    expect(record['cf']).toBe(2);
  });

  it('tries again what the server did not take, with growing pauses, and in order', async () => {
    answer = (response) => {
      response.statusCode = received.length <= 3 ? 503 : 200;
      response.end();
    };
    const { line } = configured();
    line(1);
    line(2);

    const bodies = (await requests(5)).map(({ body }) => body);
    expect(bodies).toEqual([{ id: 1 }, { id: 1 }, { id: 1 }, { id: 1 }, { id: 2 }]);
    expect(lost()).toBe(0);
  });

  it('gives a batch up when it has been failing for too long, and counts its lines', async () => {
    answer = (response) => {
      response.statusCode = 500;
      response.end();
    };
    const { line } = configured({ queue: { max_retry_time: -1, max_batch_size: 2 } });
    line(1);
    line(2);
    await requests(1);
    await plugin.onApplicationShutdown();

    expect(received).toHaveLength(1);
    expect([...lostLines.entries()]).toEqual([{ plugin: 'http-log', sink: `http://${place()}/log`, lines: 2 }]);
  });

  it('drops the oldest line when too many wait', async () => {
    const held: ServerResponse[] = [];
    answer = (response) => held.push(response);
    const { line } = configured({ queue: { max_entries: 2 } });
    line(1);
    await requests(1);
    for (const id of [2, 3, 4]) line(id);
    answer = (response) => response.end();
    held[0]?.end();

    expect((await requests(3)).map(({ body }) => body)).toEqual([{ id: 1 }, { id: 3 }, { id: 4 }]);
    expect(lost()).toBe(1);
  });

  it('drops the oldest lines when they are too long together, and a line that alone is', async () => {
    const held: ServerResponse[] = [];
    answer = (response) => held.push(response);
    const { line } = configured({ queue: { max_bytes: 20 } });
    line(1);
    await requests(1);
    // Eight bytes each: {"id":2} - two of them fit.
    for (const id of [2, 3, 4]) line(id);
    line(1e15);
    answer = (response) => response.end();
    held[0]?.end();

    expect((await requests(3)).map(({ body }) => body)).toEqual([{ id: 1 }, { id: 3 }, { id: 4 }]);
    expect(lost()).toBe(2);
  });

  it('sends side by side when asked to', async () => {
    const held: ServerResponse[] = [];
    answer = (response) => held.push(response);
    const { line } = configured({ queue: { concurrency_limit: -1 } });
    for (const id of [1, 2, 3]) line(id);

    expect(await requests(3)).toHaveLength(3);
    for (const response of held) response.end();
  });

  it('sends what waits before the process ends', async () => {
    const { line } = configured({ queue: { max_batch_size: 100, max_coalescing_delay: 3600 } });
    for (const id of [1, 2]) line(id);
    await plugin.onApplicationShutdown();

    expect(received.map(({ body }) => body)).toEqual([[{ id: 1 }, { id: 2 }]]);
  });

  it('does not hold the end of the process up for a server that is away', async () => {
    const { line } = configured({ http_endpoint: 'http://127.0.0.1:1/log' });
    for (const id of [1, 2, 3]) line(id);
    await plugin.onApplicationShutdown();

    expect(lost()).toBe(3);
  });
});

describe('An https endpoint of http-log', () => {
  const pem = (name: string) => readFileSync(new URL(`../../../test/support/tls/${name}.pem`, import.meta.url), 'utf8');
  let secure: SecureServer;
  /** Common names of the clients that sent something; `undefined`: one without a certificate. */
  let clients: (string | undefined)[];

  beforeEach(async () => {
    clients = [];
    const options = { cert: pem('server'), key: pem('server.key'), ca: pem('ca'), requestCert: true };
    secure = createSecureServer({ ...options, rejectUnauthorized: false }, (request, response) => {
      clients.push((request.socket as TLSSocket).getPeerCertificate().subject?.CN as string | undefined);
      request.resume();
      response.end();
    });
    secure.listen(0, '127.0.0.1');
    await once(secure, 'listening');
  });
  afterEach(() => {
    secure.closeAllConnections();
    secure.close();
  });

  const sentTo = async (config: Record<string, unknown>) => {
    const http_endpoint = `https://127.0.0.1:${(secure.address() as AddressInfo).port}/log`;
    configured({ http_endpoint, queue: { max_retry_time: -1 }, ...config }).line(1);
    await plugin.onApplicationShutdown();
  };

  it('must have a certificate that is trusted', async () => {
    await sentTo({});

    expect({ clients, lost: lost() }).toEqual({ clients: [], lost: 1 });
  });

  it('may have any certificate where ssl_verify is off', async () => {
    await sentTo({ ssl_verify: false });

    expect({ clients, lost: lost() }).toEqual({ clients: [undefined], lost: 0 });
  });

  it('is shown the certificate that is configured for it', async () => {
    const id = '00000000-0000-4000-8000-00000000000c';
    const certificate = Object.assign(new Certificate(), { id, cert: pem('client'), key: pem('client.key') });
    await store.swap(new Snapshot(new Map([['certificates', new Map([[id, certificate]])]]), '1'.repeat(32)));
    await sentTo({ ssl_verify: false, client_certificate: { id } });

    expect(clients).toEqual([expect.stringMatching(/./)]);
  });
});

describe('The configuration of http-log', () => {
  const check = (config: Record<string, unknown>) => recordSchema(HttpLogConfig).check(config).error;

  it.each<[string, Record<string, unknown>, unknown]>([
    ['without an endpoint', {}, { http_endpoint: 'required field missing' }],
    ['with an endpoint that has no host', { http_endpoint: 'log' }, { http_endpoint: 'missing host in url' }],
    [
      'with a header that is the gateway’s own',
      { http_endpoint: 'http://a.test', headers: { host: 'b' } },
      { headers: { host: "cannot contain 'Host' header" } },
    ],
    [
      'with a header that cannot be sent',
      { http_endpoint: 'http://a.test', headers: { 'x y': 'b' } },
      { headers: { 'x y': "bad header name 'x y', allowed characters are A-Z, a-z, 0-9, '_', and '-'" } },
    ],
    [
      'with two ways to log in',
      { http_endpoint: 'http://u:p@a.test', headers: { AUTHORIZATION: 'x' } },
      { '@entity': ["specifying both an 'Authorization' header and user info in 'http_endpoint' is not allowed"] },
    ],
    [
      'with a queue out of bounds',
      { http_endpoint: 'http://a.test', queue: { max_batch_size: 0 } },
      { queue: { max_batch_size: 'value should be between 1 and 1000000' } },
    ],
  ])('is refused %s', (_what, config, error) => {
    expect(check(config)).toEqual(error);
  });

  it('may keep its endpoint in a vault', () => {
    expect(check({ http_endpoint: '{vault://env/log-endpoint}' })).toBeUndefined();
  });
});
