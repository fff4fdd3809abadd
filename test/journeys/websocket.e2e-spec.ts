import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { call } from '../support/call.js';
import { type ScriptedUpstream, scriptedUpstream } from '../support/scripted-upstream.js';
import { type Gateway, type GatewayOptions, startGateway } from '../support/start-gateway.js';

const IDLE_MS = 400;
const MEGABYTE = 1024 * 1024;

/** The upstream's word that it speaks WebSocket from here on (RFC 6455, 4.2.2). */
const agreement = ({ headers }: IncomingMessage): string => {
  const accept = createHash('sha1')
    .update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  return `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
};

/** Everything a socket brings until it ends, or until `enough` says so. */
async function read(socket: Duplex, enough: (text: string) => boolean = () => false): Promise<string> {
  let text = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += (chunk as Buffer).toString('latin1');
    if (enough(text)) break;
  }
  return text;
}

describe('a WebSocket', () => {
  let upstream: ScriptedUpstream;
  let gateway: Gateway;
  let script: (incoming: IncomingMessage, socket: Socket, head: Buffer) => void;

  const start = (options?: GatewayOptions) =>
    startGateway(
      ({ fileLog }) => ({
        _format_version: '3.0',
        services: [
          {
            name: 'chat',
            url: upstream.url,
            read_timeout: IDLE_MS,
            retries: 0,
            routes: [{ name: 'chat', paths: ['/chat'] }],
          },
        ],
        plugins: [{ name: 'file-log', config: { path: fileLog } }],
      }),
      options,
    );
  beforeAll(async () => {
    upstream = await scriptedUpstream((incoming, outgoing) => outgoing.end(`plain ${incoming.headers.upgrade}`));
    upstream.server.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
      socket.on('error', () => {});
      script(incoming, socket, head);
    });
    gateway = await start();
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
  });
  beforeEach(() => {
    script = (incoming, socket) => {
      socket.write(agreement(incoming));
      socket.pipe(socket);
    };
  });

  /** Sends a handshake; nothing has been read of the answer. */
  const shake = (path: string, port = gateway.proxyPort): Socket => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: a.test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n` +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    );
    return socket;
  };
  const headOf = (socket: Socket) => read(socket, (text) => text.includes('\r\n\r\n'));
  const lineOf = (uri: string) => gateway.logLine(({ request }) => request.uri === uri);

  it('is agreed on as Kong does, and carries bytes both ways', async () => {
    let asked: IncomingMessage['headers'] = {};
    script = (incoming, socket) => {
      asked = incoming.headers;
      socket.write(agreement(incoming));
      socket.pipe(socket);
    };
    const socket = shake('/chat/room');
    const head = await headOf(socket);
    socket.write('ping');
    const echo = await read(socket, (text) => text.length >= 4);
    socket.end();

    expect(head).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    expect(head).toMatch(/\r\nconnection: upgrade\r\n/i);
    expect(head).toMatch(/\r\nupgrade: websocket\r\n/i);
    expect(head).toMatch(/\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/);
    expect(head).toMatch(/\r\nVia: 1\.1 /);
    expect(head).toMatch(/\r\nX-Kong-Request-Id: [0-9a-f]{32}\r\n/);
    expect(echo).toBe('ping');
    expect(asked).toMatchObject({
      upgrade: 'websocket',
      connection: expect.stringMatching(/upgrade/i),
      'sec-websocket-version': '13',
      'x-forwarded-path': '/chat/room',
    });
  });

  it('is logged when it closes, with 101 and what went through it', async () => {
    const socket = shake('/chat?logged');
    await headOf(socket);
    socket.write('x'.repeat(1000));
    await read(socket, (text) => text.length >= 1000);
    expect(gateway.logLines().filter(({ request }) => request.uri === '/chat?logged')).toEqual([]);

    socket.end();
    const line = await lineOf('/chat?logged');

    expect(line).toMatchObject({
      source: 'upstream',
      upstream_status: '101',
      response: { status: 101, headers: { connection: 'upgrade', upgrade: 'websocket' } },
      tries: [{ ip: '127.0.0.1', port: upstream.port }],
    });
    expect(line.response.size).toBeGreaterThan(1000);
    expect(line.request.size).toBeGreaterThan(1000);
  });

  it('is spoken by a client that knows it', async () => {
    script = (incoming, socket) => {
      socket.write(agreement(incoming));
      socket.on('data', (frame: Buffer) => {
        if ((frame.readUInt8(0) & 0x0f) === 8) socket.end(Buffer.from([0x88, 0]));
        else {
          const length = frame.readUInt8(1) & 0x7f;
          const text = frame.subarray(6, 6 + length).map((byte, index) => byte ^ frame.readUInt8(2 + (index % 4)));
          socket.write(Buffer.concat([Buffer.from([0x81, length]), text]));
        }
      });
    };
    const client = new WebSocket(`ws://127.0.0.1:${gateway.proxyPort}/chat`);
    await new Promise((resolve, reject) => {
      client.onopen = resolve;
      client.onerror = reject;
    });
    const answered = new Promise((resolve) => (client.onmessage = ({ data }) => resolve(data)));
    client.send('Hello');
    expect(await answered).toBe('Hello');

    const closed = new Promise((resolve) => (client.onclose = resolve));
    client.close();
    expect(await closed).toMatchObject({ wasClean: true });
  });

  it('has what the client sent before it was agreed on', async () => {
    script = (incoming, socket, head) => {
      socket.write(agreement(incoming) + head.toString());
      socket.pipe(socket);
    };
    const socket = shake('/chat');
    socket.write('early');
    const text = await read(socket, (received) => received.endsWith('early'));
    socket.destroy();
    expect(text).toMatch(/\r\n\r\nearly$/);
  });

  it('refused by the upstream is an answer like any other', async () => {
    script = (_, socket) => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nX-Why: no\r\n\r\nno');

    const answer = await read(shake('/chat?refused'));

    expect(answer).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    expect(answer).toMatch(/\r\nX-Why: no\r\n/);
    expect(answer).toMatch(/\r\n\r\nno$/);
    expect(await lineOf('/chat?refused')).toMatchObject({ source: 'upstream', response: { status: 403 } });
  });

  it('for which there is no Route is answered 404', async () => {
    expect(await read(shake('/nowhere'))).toMatch(/^HTTP\/1\.1 404 .*no Route matched/s);
  });

  it('closes when nothing has come from either side for read_timeout, and not before', async () => {
    const socket = shake('/chat?idle');
    await headOf(socket);
    for (let count = 0; count < 3; count++) {
      await new Promise((resolve) => setTimeout(resolve, IDLE_MS / 2));
      socket.write('.');
    }
    const last = performance.now();
    await read(socket);

    expect(performance.now() - last).toBeGreaterThanOrEqual(IDLE_MS - 5);
    expect(performance.now() - last).toBeLessThan(IDLE_MS + 300);
    expect(await lineOf('/chat?idle')).toMatchObject({ response: { status: 101 } });
  });

  it('that the upstream never answers is a 504', async () => {
    script = () => {};
    expect(await read(shake('/chat'))).toMatch(/^HTTP\/1\.1 504 /);
  });

  it('whose upstream ends brings everything that was sent before, however slow the client', async () => {
    script = (incoming, socket) => {
      socket.write(agreement(incoming));
      socket.end(Buffer.alloc(8 * MEGABYTE, 'x'));
    };
    const socket = shake('/chat');
    socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const text = await read(socket);
    expect(text.length - text.indexOf('\r\n\r\n') - 4).toBe(8 * MEGABYTE);
  });

  it('whose client resets it frees the upstream', async () => {
    const freed = new Promise<void>((resolve) => {
      script = (incoming, socket) => {
        socket.write(agreement(incoming));
        socket.resume().once('end', resolve);
      };
    });
    const socket = shake('/chat?reset');
    await headOf(socket);
    socket.resetAndDestroy();

    await freed;
    expect(await lineOf('/chat?reset')).toMatchObject({ response: { status: 101 } });
  });

  it.each(['end', 'resetAndDestroy'] as const)(
    'whose client leaves (%s) before it was agreed on frees the upstream, and is logged with 499',
    async (leave) => {
      const uri = `/chat?leaving-by-${leave}`;
      const waiting = new Promise<Socket>((resolve) => {
        script = (_, socket) => resolve(socket);
      });
      const socket = shake(uri);
      const upstreamSide = await waiting;
      const freed = once(upstreamSide.resume(), 'end');

      socket[leave]();
      await freed;

      expect(await lineOf(uri)).toMatchObject({ response: { status: 499 } });
      expect((await call(`${gateway.proxy}/chat`, { method: 'GET' })).text).toBe('plain undefined');
    },
  );

  it('is what alone is agreed on: another protocol is left out, and the request goes on as it would', async () => {
    const answer = await call(`${gateway.proxy}/chat`, {
      method: 'GET',
      headers: { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'x' },
    });
    expect(answer).toMatchObject({ status: 200, text: 'plain undefined' });
  });

  describe('when the gateway stops', () => {
    it('goes on within the grace time, and is cut and logged after it', async () => {
      const stopping = await start({ env: { KONG_NGINX_MAIN_WORKER_SHUTDOWN_TIMEOUT: '1s' } });
      const socket = shake('/chat', stopping.proxyPort);
      await headOf(socket);
      const beat = setInterval(() => socket.write('.'), IDLE_MS / 4);
      let echoed = 0;
      socket.on('data', (chunk: Buffer) => (echoed += chunk.length));

      stopping.signal('SIGTERM');
      await once(socket, 'close');
      clearInterval(beat);

      expect(echoed).toBeGreaterThan(3);
      expect(await stopping.exited).toEqual({ code: 0, signal: null });
      expect(stopping.logLines()).toMatchObject([{ response: { status: 101 } }]);
    });
  });
});
