import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  type ClientHttp2Stream,
  constants,
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort } from '../support/free-port.js';
import { answerOf, Http2Client } from '../support/http2-client.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

const pem = (name: string) => readFileSync(new URL(`../support/tls/${name}.pem`, import.meta.url), 'utf8');
const identity = { cert: pem('server'), key: pem('server.key') };

/** A message as gRPC frames it: not compressed, its length, itself. */
const message = (text: string): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(Buffer.byteLength(text), 1);
  return Buffer.concat([head, Buffer.from(text)]);
};

const OK = { ':status': 200, 'content-type': 'application/grpc' };

/** What the upstream does with a call, by the method called. */
const methods: Record<string, (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void> = {
  '/test.Echo/Unary': (stream) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      stream.respond(OK, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'x-tail': 'yes' }));
      stream.end(Buffer.concat(chunks));
    });
  },
  '/test.Echo/Both': (stream) => {
    stream.respond(OK, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.pipe(stream);
  },
  '/test.Echo/Fail': (stream) => {
    stream.respond({ ...OK, 'grpc-status': '5', 'grpc-message': 'nothing here' }, { endStream: true });
  },
  '/test.Echo/Hang': (stream) => {
    stream.resume();
  },
  '/test.Echo/Break': (stream) => {
    stream.respond(OK);
    stream.write(message('begun'));
    // Not close, which would end the body in order first.
    setTimeout(() => stream.destroy(new Error('broken')), 20);
  },
};

describe('gRPC', () => {
  const servers: Server[] = [];
  const calls: IncomingHttpHeaders[] = [];
  let sessions = 0;
  let ended: (() => void) | undefined;
  let gateway: Gateway;
  let client: Http2Client;

  const listening = async (server: Server): Promise<number> => {
    servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const upstream = (server: Http2Server): Promise<number> => {
    const open = new Set<ServerHttp2Session>();
    server.on('session', (session: ServerHttp2Session) => {
      sessions += 1;
      open.add(session);
    });
    server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      calls.push(headers);
      stream.on('error', () => {}).on('close', () => ended?.());
      methods[headers[':path'] as string]?.(stream, headers);
    });
    server.on('close', () => {
      for (const session of open) session.destroy();
    });
    return listening(server);
  };

  beforeAll(async () => {
    const plain = await upstream(createServer());
    const secure = await upstream(createSecureServer(identity) as unknown as Http2Server);
    const old = await listening(createHttps(identity, (_, outgoing) => outgoing.end()));
    const service = (name: string, url: string, path: string) => ({
      name,
      url,
      read_timeout: 400,
      retries: 1,
      routes: [{ name, protocols: ['grpc', 'grpcs'], paths: [path] }],
    });
    const services = [
      service('plain', `grpc://127.0.0.1:${plain}`, '/test.Echo'),
      service('dead', `grpc://127.0.0.1:${await freePort()}`, '/test.Dead'),
      service('old', `grpcs://127.0.0.1:${old}`, '/test.Old'),
      {
        ...service('secure', `grpcs://127.0.0.1:${secure}`, '/'),
        routes: [{ name: 'secure', protocols: ['grpcs'], paths: ['/test.Echo'], hosts: ['secure.test'] }],
      },
    ];
    const [plainPort, securePort] = [await freePort(), await freePort()];
    gateway = await startGateway(
      ({ fileLog }) => ({
        _format_version: '3.0',
        services,
        plugins: [{ name: 'file-log', config: { path: fileLog } }],
      }),
      { env: { KONG_PROXY_LISTEN: `127.0.0.1:${plainPort} http2, 127.0.0.1:${securePort} http2 ssl` } },
    );
    addresses.plain = `http://127.0.0.1:${plainPort}`;
    addresses.tls = `https://127.0.0.1:${securePort}`;
  });
  const addresses = { plain: '', tls: '' };
  afterAll(async () => {
    await gateway?.stop();
    for (const server of servers) server.close();
  });
  beforeEach(async () => {
    calls.length = 0;
    client = await Http2Client.to(addresses.plain);
  });
  afterEach(() => client?.leave());

  const asked = (path: string, more: IncomingHttpHeaders = {}) => ({
    ':path': path,
    ':method': 'POST',
    'content-type': 'application/grpc',
    te: 'trailers',
    ...more,
  });
  const open = (path: string, more?: IncomingHttpHeaders, over = client): ClientHttp2Stream =>
    over.open(asked(path, more));
  const ask = async (path: string, text = '', more?: IncomingHttpHeaders, over = client) => {
    const stream = open(path, more, over);
    stream.end(message(text));
    return answerOf(stream);
  };

  it.each(['plain', 'tls'] as const)('is called over %s: message, metadata and trailers come back', async (how) => {
    const caller = await Http2Client.to(addresses[how]);
    const { status, headers, text, trailers } = await ask('/test.Echo/Unary', 'Hello', { 'x-meta': 'data' }, caller);
    caller.leave();

    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'content-type': 'application/grpc', via: expect.stringMatching(/^2 /) });
    expect(text).toBe(message('Hello').toString());
    expect(trailers).toMatchObject({ 'grpc-status': '0', 'x-tail': 'yes' });
    expect(calls).toMatchObject([
      { 'x-meta': 'data', te: 'trailers', 'x-forwarded-proto': how === 'tls' ? 'https' : 'http' },
    ]);
  });

  it('reaches an upstream over TLS', async () => {
    const caller = await Http2Client.to(addresses.tls);
    const { text, trailers } = await ask('/test.Echo/Unary', 'Hello', { ':authority': 'secure.test' }, caller);
    caller.leave();
    expect(text).toBe(message('Hello').toString());
    expect(trailers).toMatchObject({ 'grpc-status': '0' });
    expect(calls).toMatchObject([{ ':scheme': 'https' }]);
  });

  it('goes both ways at once', async () => {
    const stream = open('/test.Echo/Both');
    const heard: string[] = [];
    for (const text of ['one', 'two', 'three']) {
      stream.write(message(text));
      const [chunk] = (await once(stream, 'data')) as [Buffer];
      heard.push(chunk.subarray(5).toString());
    }
    const trailers = once(stream, 'trailers');
    stream.end();
    expect(heard).toEqual(['one', 'two', 'three']);
    expect((await trailers)[0]).toMatchObject({ 'grpc-status': '0' });
  });

  it('many calls share one connection to the upstream', async () => {
    await ask('/test.Echo/Unary');
    const before = sessions;
    await Promise.all(Array.from({ length: 20 }, () => ask('/test.Echo/Unary', 'x')));
    expect(sessions).toBe(before);
  });

  it('a large message arrives whole at a client that is slow', async () => {
    const text = 'x'.repeat(2 * 1024 * 1024);
    const stream = open('/test.Echo/Unary');
    stream.end(message(text));
    await once(stream, 'response');
    let trailers: IncomingHttpHeaders = {};
    stream.on('trailers', (received: IncomingHttpHeaders) => (trailers = received));
    let length = 0;
    for await (const chunk of stream) {
      length += (chunk as Buffer).length;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(length).toBe(message(text).length);
    expect(trailers).toMatchObject({ 'grpc-status': '0' });
  });

  it('an outcome without messages ends with its head, which clients take for trailers', async () => {
    const stream = open('/test.Echo/Fail');
    stream.end(message(''));
    const [headers, flags] = (await once(stream, 'response')) as [IncomingHttpHeaders, number];
    expect(headers).toMatchObject({ ':status': 200, 'grpc-status': '5', 'grpc-message': 'nothing here' });
    expect(flags & constants.NGHTTP2_FLAG_END_STREAM).not.toBe(0);
  });

  it('a client that cancels ends the call, and is logged with 499', async () => {
    const over = new Promise<void>((resolve) => (ended = resolve));
    const stream = open('/test.Echo/Hang', { 'x-mark': 'cancelled' });
    stream.end(message(''));
    while (calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));

    stream.close(constants.NGHTTP2_CANCEL);
    await over;
    ended = undefined;

    const line = await gateway.logLine(({ request }) => request.headers['x-mark'] === 'cancelled');
    expect(line.response.status).toBe(499);
  });

  it('a client that leaves in mid-message does not look as if it had said everything', async () => {
    const heard: string[] = [];
    const over = new Promise<void>((resolve) => {
      methods['/test.Echo/Listen'] = (stream) => {
        for (const event of ['end', 'aborted']) stream.on(event, () => heard.push(event));
        stream.resume().once('close', resolve);
      };
    });
    const stream = open('/test.Echo/Listen');
    stream.write(message('only half').subarray(0, 8));
    while (calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));

    stream.destroy();
    await over;

    expect(heard).toEqual(['aborted']);
  });

  it('an upstream that breaks a call off breaks it off for the client', async () => {
    const stream = open('/test.Echo/Break');
    stream.end(message(''));
    await new Promise((resolve) => stream.on('close', resolve).resume());
    expect(stream.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR);
  });

  it.each([
    ['/test.Echo/Hang', 504, '4', 'The upstream server is timing out'],
    ['/test.Dead/Call', 502, '13', 'An invalid response was received from the upstream server'],
    ['/test.Old/Call', 502, '13', 'An invalid response was received from the upstream server'],
    ['/test.Nowhere/Call', 404, '5', 'no Route matched with those values'],
  ])('%s fails with %i, in words of gRPC', async (path, status, code, text) => {
    const answer = await ask(path);
    expect(answer).toMatchObject({
      status,
      text: '',
      headers: { 'content-type': 'application/grpc', 'grpc-status': code, 'grpc-message': text },
    });
  });

  it('is asked of those who come with something else', async () => {
    const json = await client.ask({ ':path': '/test.Echo/Unary', 'content-type': 'application/json' }, '{}');
    expect([json.status, JSON.parse(json.text).message]).toEqual([415, 'Non-gRPC request matched gRPC route']);
    const old = await fetch(`${addresses.plain}/test.Echo/Unary`, {
      method: 'POST',
      headers: { 'content-type': 'application/grpc' },
    });
    expect(old.status).toBe(426);
    expect(await old.json()).toMatchObject({ message: 'Please use HTTP2 protocol' });
  });

  it('shares its plain port with HTTP/1.1, however slowly a client begins', async () => {
    const { connect } = await import('node:net');
    const socket = connect(Number(new URL(addresses.plain).port), '127.0.0.1');
    socket.setNoDelay(true);
    for (const piece of ['P', 'U', 'T /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n']) {
      socket.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    let text = '';
    for await (const chunk of socket) text += chunk;
    expect(text).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('a tunnel is not to be had over HTTP/2 either', async () => {
    const stream = client.session.request({ ':method': 'CONNECT', ':authority': 'internal.test:443' });
    stream.on('error', () => {});
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    stream.close();
    expect(headers[':status']).toBe(405);
    expect((await ask('/test.Echo/Unary', 'still there')).status).toBe(200);
  });
});
