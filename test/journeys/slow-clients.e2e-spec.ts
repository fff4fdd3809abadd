import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { Http2Client } from '../support/http2-client.js';
import { type ScriptedUpstream, scriptedUpstream } from '../support/scripted-upstream.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

const PATIENCE_MS = 500;
const ENDLESS = Buffer.alloc(64 * 1024, 'x');

describe('a client that is waited for in vain', () => {
  let upstream: ScriptedUpstream;
  let gateway: Gateway;
  let http2Port: number;
  let left = 0;

  beforeAll(async () => {
    upstream = await scriptedUpstream((incoming, outgoing) => {
      outgoing.on('close', () => (left += 1));
      if (incoming.method === 'GET') {
        const more = () => {
          while (!outgoing.destroyed && outgoing.write(ENDLESS));
        };
        outgoing.on('drain', more);
        more();
        return;
      }
      let length = 0;
      incoming.on('data', (chunk: Buffer) => (length += chunk.length));
      incoming.on('error', () => {});
      incoming.on('end', () => outgoing.end(`${length}`));
    });
    http2Port = await freePort();
    const route = (name: string, buffered: boolean) => ({ name, paths: [`/${name}`], request_buffering: buffered });
    gateway = await startGateway(
      ({ fileLog }) => ({
        _format_version: '3.0',
        services: [{ name: 'app', url: upstream.url, routes: [route('held', true), route('passed', false)] }],
        plugins: [{ name: 'file-log', config: { path: fileLog } }],
      }),
      {
        env: {
          KONG_PROXY_LISTEN: `127.0.0.1:${http2Port} http2`,
          KONG_NGINX_HTTP_CLIENT_BODY_TIMEOUT: `${PATIENCE_MS}ms`,
          KONG_NGINX_HTTP_SEND_TIMEOUT: `${PATIENCE_MS}ms`,
        },
      },
    );
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
  });

  const post = (path: string) => `POST ${path} HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\nhalf `;

  function say(text: string): { socket: Socket; heard: () => string } {
    const socket = connect(http2Port, '127.0.0.1');
    let heard = '';
    socket.on('error', () => {});
    socket.on('data', (chunk) => (heard += chunk.toString()));
    socket.write(text);
    return { socket, heard: () => heard };
  }

  it.each(['/held', '/passed'])('for its body (%s) is told so, and its connection ends', async (path) => {
    const started = performance.now();
    const { socket, heard } = say(post(`${path}?silent`));
    await once(socket, 'close');

    expect(performance.now() - started).toBeGreaterThanOrEqual(PATIENCE_MS);
    expect(heard()).toMatch(/^HTTP\/1\.1 408 /);
    expect((await gateway.logLine(({ request }) => request.uri === `${path}?silent`)).response.status).toBe(408);
  });

  it('for its body, but not in vain: the request is served', async () => {
    const { socket, heard } = say(post('/held?slow'));
    for (const letter of 'body!') {
      await pause(PATIENCE_MS * 0.6);
      socket.write(letter);
    }
    await eventually('the answer', () => (heard().includes('10') ? true : undefined));

    expect(heard()).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
  });

  it('to read its response is cut off, and so is the upstream', async () => {
    const before = left;
    const socket = connect(http2Port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET /held?deaf HTTP/1.1\r\nHost: a.test\r\n\r\n');

    await eventually('the upstream to be let go', () => (left > before ? true : undefined));
    expect((await gateway.logLine(({ request }) => request.uri === '/held?deaf')).response.status).toBe(499);
    socket.destroy();
  });

  it('to read its response, but reads now and then, goes on', async () => {
    const before = left;
    const socket = connect(http2Port, '127.0.0.1');
    socket.write('GET /held?dozing HTTP/1.1\r\nHost: a.test\r\n\r\n');
    let read = 0;
    socket.on('data', (chunk: Buffer) => (read += chunk.length)).pause();
    for (let turn = 0; turn < 6; turn++) {
      await pause(PATIENCE_MS * 0.6);
      socket.resume();
      await pause(20);
      socket.pause();
    }

    expect(read).toBeGreaterThan(0);
    expect([left, socket.destroyed]).toEqual([before, false]);
    socket.destroy();
  });

  it('over HTTP/2 loses its stream; the connection goes on', async () => {
    const client = await Http2Client.to(`http://127.0.0.1:${http2Port}`);
    const silent = client.open({ ':method': 'POST', ':path': '/held?h2-silent' });
    silent.write('half');
    silent.resume();
    const deaf = client.open({ ':path': '/held?h2-deaf' }, true);
    const before = left;

    const [head] = (await once(silent, 'response')) as [Record<string, unknown>];
    await Promise.all([silent, deaf].map((stream) => new Promise((closed) => stream.once('close', closed))));

    expect(head[':status']).toBe(408);
    expect(deaf.rstCode).not.toBe(0);
    await eventually('the upstream to be let go', () => (left > before ? true : undefined));
    expect(client.session.closed).toBe(false);
    expect((await client.ask({ ':path': '/nowhere' })).status).toBe(404);
    client.leave();
  });
});
