import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants } from 'node:http2';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { deferred } from '../support/deferred.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { answerOf, Http2Client } from '../support/http2-client.js';
import { type ScriptedUpstream, scriptedUpstream } from '../support/scripted-upstream.js';
import { type Gateway, type GatewayOptions, startGateway } from '../support/start-gateway.js';

describe('over HTTP/2', () => {
  let upstream: ScriptedUpstream;
  let gateway: Gateway;
  let client: Http2Client;
  let script: (incoming: IncomingMessage, outgoing: ServerResponse) => void;

  const start = (options?: GatewayOptions) =>
    startGateway(
      ({ fileLog }) => ({
        _format_version: '3.0',
        services: [{ name: 'app', url: upstream.url, routes: [{ name: 'app', paths: ['/app'] }] }],
        plugins: [{ name: 'file-log', config: { path: fileLog } }],
      }),
      options,
    );
  const clientOf = ({ securePort }: Gateway) => Http2Client.to(`https://127.0.0.1:${securePort}`);

  beforeAll(async () => {
    upstream = await scriptedUpstream((incoming, outgoing) => script(incoming, outgoing));
    gateway = await start();
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
  });
  beforeEach(async () => {
    client = await clientOf(gateway);
  });
  afterEach(() => client?.leave());

  /** Answers when it is told to, with a first piece of the body before and a second one then. */
  const inTwoPieces = () => {
    const goOn = deferred();
    const left = deferred();
    script = async (_, outgoing) => {
      outgoing.on('close', () => (outgoing.writableFinished ? undefined : left.resolve()));
      outgoing.write('one ');
      await goOn.promise;
      outgoing.end('two');
    };
    return { goOn: goOn.resolve, left: left.promise };
  };

  it('several cookies stay several, and what belongs to the upstream’s connection stays there', async () => {
    script = (_, outgoing) => {
      outgoing.setHeader('Set-Cookie', ['a=1', 'b=2']);
      outgoing.setHeader('Keep-Alive', 'timeout=3');
      outgoing.setHeader('X-Dup', ['1', '2']);
      outgoing.end('ok');
    };

    const { status, headers, text } = await client.ask({ ':path': '/app' });

    expect({ status, text }).toEqual({ status: 200, text: 'ok' });
    expect(headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(headers['x-dup']).toBe('1, 2');
    expect(headers).not.toHaveProperty('keep-alive');
    expect(headers).not.toHaveProperty('connection');
  });

  it('a response arrives piece by piece, and many share the connection', async () => {
    const { goOn } = inTwoPieces();
    const streams = [1, 2, 3].map((number) => client.open({ ':path': `/app?piece${number}` }, true));
    const firstPieces = await Promise.all(
      streams.map(async (stream) => {
        await once(stream, 'response');
        const [piece] = (await once(stream, 'data')) as [Buffer];
        return piece.toString();
      }),
    );
    expect(firstPieces).toEqual(['one ', 'one ', 'one ']);

    goOn();
    const rest = await Promise.all(streams.map((stream) => once(stream, 'data')));

    expect(rest.map(String)).toEqual(['two', 'two', 'two']);
    const lineOf = (number: number) => gateway.logLine(({ request }) => request.uri === `/app?piece${number}`);
    const sizes = (await Promise.all([1, 2, 3].map(lineOf))).map(({ response }) => response.size);
    // The connection's bytes are those of all requests; each line has its own.
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(10);
  });

  it('a body of unknown length arrives, and its length with it once it is whole', async () => {
    script = (incoming, outgoing) => {
      let body = '';
      incoming.on('data', (chunk) => (body += chunk));
      incoming.on('end', () => outgoing.end(JSON.stringify({ body, headers: incoming.headers })));
    };
    const stream = client.open({ ':path': '/app?unknown', ':method': 'POST' });
    stream.write('some');
    stream.end('thing');

    const { text } = await answerOf(stream);

    expect(JSON.parse(text)).toMatchObject({ body: 'something', headers: { 'content-length': '9' } });
    const line = await gateway.logLine(({ request }) => request.uri === '/app?unknown');
    expect(line.request.size).toBeGreaterThan('something'.length);
  });

  it.each([204, 304])('a %i has no body and no length', async (status) => {
    script = (_, outgoing) => {
      outgoing.writeHead(status, { etag: '"1"' });
      outgoing.end();
    };

    const answer = await client.ask({ ':path': '/app' });

    expect(answer).toMatchObject({ status, text: '', headers: { etag: '"1"' } });
    expect(answer.headers).not.toHaveProperty('content-length');
  });

  it('HEAD has the head of a GET', async () => {
    script = (_, outgoing) => {
      outgoing.setHeader('Content-Length', '5');
      outgoing.end('hello');
    };

    const answer = await client.ask({ ':path': '/app', ':method': 'HEAD' });

    expect(answer).toMatchObject({ status: 200, text: '', headers: { 'content-length': '5' } });
  });

  it('trailers arrive at clients that take them', async () => {
    script = (_, outgoing) => {
      outgoing.writeHead(200, { Trailer: 'X-Sum' });
      outgoing.addTrailers({ 'X-Sum': '42' });
      outgoing.end('body');
    };

    const asked = await client.ask({ ':path': '/app', te: 'trailers' });
    const unasked = await client.ask({ ':path': '/app' });

    expect(asked).toMatchObject({ text: 'body', headers: { trailer: 'X-Sum' }, trailers: { 'x-sum': '42' } });
    expect(unasked).toMatchObject({ text: 'body', trailers: {} });
    expect(unasked.headers).not.toHaveProperty('trailer');
  });

  it('errors of the gateway have the form the client accepts', async () => {
    const answer = await client.ask({ ':path': '/nowhere' });

    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(JSON.parse(answer.text)).toMatchObject({ message: 'no Route matched with those values' });
  });

  it('a Route for TLS only says so to who comes in plain text, without headers of a connection', async () => {
    const services = [
      { name: 'app', url: upstream.url, routes: [{ name: 'app', paths: ['/'], protocols: ['https'] }] },
    ];
    const port = await freePort();
    const plain = await startGateway(
      { _format_version: '3.0', services },
      { env: { KONG_PROXY_LISTEN: `127.0.0.1:${port} http2` } },
    );
    const other = await Http2Client.to(`http://127.0.0.1:${port}`);
    try {
      const { status, headers, text } = await other.ask({ ':path': '/app' });
      expect([status, JSON.parse(text).message]).toEqual([426, 'Please use HTTPS protocol']);
      expect(headers).not.toHaveProperty('upgrade');
    } finally {
      other.leave();
      await plain.stop();
    }
  });

  it('a client that ends its stream ends the attempt, is logged with 499, and its other streams go on', async () => {
    const { goOn, left } = inTwoPieces();
    const leaving = client.open({ ':path': '/app?leaving' }, true);
    const staying = client.open({ ':path': '/app?staying' }, true);
    await Promise.all([once(leaving, 'response'), once(staying, 'response')]);

    leaving.close(constants.NGHTTP2_CANCEL);
    await left;
    goOn();
    let text = '';
    for await (const chunk of staying) text += chunk;

    expect(text).toBe('one two');
    const status = async (uri: string) => (await gateway.logLine(({ request }) => request.uri === uri)).response.status;
    expect([await status('/app?leaving'), await status('/app?staying')]).toEqual([499, 200]);
  });

  it('a client that leaves with its connection ends the attempts of all its streams', async () => {
    const { left } = inTwoPieces();
    const stream = client.open({ ':path': '/app?gone' }, true);
    await once(stream, 'response');

    client.leave();
    await left;

    expect((await gateway.logLine(({ request }) => request.uri === '/app?gone')).response.status).toBe(499);
  });

  it('a client that leaves over plain text leaves nothing behind: no attempt, no connection', async () => {
    const port = await freePort();
    const plain = await start({ env: { KONG_PROXY_LISTEN: `127.0.0.1:${port} http2` } });
    const visitor = await Http2Client.to(`http://127.0.0.1:${port}`);
    const { left } = inTwoPieces();
    const stream = visitor.open({ ':path': '/app?gone' }, true);
    await once(stream, 'data');

    visitor.leave();
    await left;

    expect((await plain.logLine(({ request }) => request.uri === '/app?gone')).response.status).toBe(499);
    await eventually('its connection to be closed', async () =>
      (await plain.metrics()).includes('state="active"} 0') ? true : undefined,
    );
    expect(await plain.stop()).toEqual({ code: 0, signal: null });
  });

  it('an upstream that breaks off breaks the stream off: a cut answer never looks whole', async () => {
    script = (_, outgoing) => {
      outgoing.write('one ');
      setTimeout(() => outgoing.socket?.destroy(), 50);
    };
    const stream = client.open({ ':path': '/app' }, true);
    await once(stream, 'response');
    stream.resume();

    await new Promise((resolve) => stream.on('close', resolve));

    expect(stream.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR);
  });

  it('a Host that differs from the authority is refused', async () => {
    const answer = await client.ask({ ':path': '/app', ':authority': 'one.test', host: 'two.test' });

    expect(answer.status).toBe(400);
  });

  it('is limited to so many streams at once', async () => {
    const most = await eventually('the settings of the gateway', () => {
      const { maxConcurrentStreams } = client.session.remoteSettings;
      // What node:http2 assumes until it is told.
      return maxConcurrentStreams === 100 ? undefined : maxConcurrentStreams;
    });
    expect(most).toBe(128);
  });

  describe('told to stop', () => {
    it('lets streams under way finish, takes no new ones, and exits with 0', async () => {
      const stopping = await start();
      const visitor = await clientOf(stopping);
      const { goOn } = inTwoPieces();
      const stream = visitor.open({ ':path': '/app' }, true);
      await once(stream, 'data');
      const goneAway = once(visitor.session, 'goaway');

      stopping.signal('SIGTERM');
      await goneAway;
      goOn();
      const [rest] = (await once(stream, 'data')) as [Buffer];

      expect(rest.toString()).toBe('two');
      expect(await stopping.exited).toEqual({ code: 0, signal: null });
    });

    it('cuts what does not finish within the grace time', async () => {
      const stopping = await start({ env: { KONG_NGINX_MAIN_WORKER_SHUTDOWN_TIMEOUT: '1s' } });
      const visitor = await clientOf(stopping);
      inTwoPieces();
      const stream = visitor.open({ ':path': '/app' }, true);
      await once(stream, 'data');

      stopping.signal('SIGTERM');

      expect(await stopping.exited).toEqual({ code: 0, signal: null });
      expect(stream.rstCode).not.toBe(constants.NGHTTP2_NO_ERROR);
    });
  });
});
