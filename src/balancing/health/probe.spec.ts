import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { freePort } from '../../../test/support/free-port.js';
import { type ProbeSettings, probe } from './probe.js';

const settings = (over: Partial<ProbeSettings> = {}): ProbeSettings => ({
  type: 'http',
  timeout: 5000,
  path: '/status',
  headers: {},
  verify: true,
  ...over,
});

describe('a probe', () => {
  const servers: Server[] = [];
  const listening = async (server: Server) => {
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { ip: '127.0.0.1', port: (server.address() as AddressInfo).port, hostname: 'api.test' };
  };
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
  });

  it('asks for the path with the target name as Host and the headers configured, and tells the status', async () => {
    let seen: IncomingMessage | undefined;
    const target = await listening(
      createServer((incoming, outgoing) => {
        seen = incoming;
        outgoing.writeHead(418).end('not read');
      }),
    );
    const headers = { 'X-Probe': ['a', 'b'] };
    await expect(probe(target, settings({ headers }))).resolves.toEqual({ kind: 'status', status: 418 });
    expect(seen).toMatchObject({ method: 'GET', url: '/status', headers: { host: 'api.test', 'x-probe': 'a, b' } });
    await probe(target, settings({ hostHeader: 'other.test' }));
    expect(seen?.headers.host).toBe('other.test');
  });

  it('tells a refused connection from one that says nothing', async () => {
    const nobody = { ip: '127.0.0.1', port: await freePort(), hostname: 'api.test' };
    await expect(probe(nobody, settings())).resolves.toEqual({ kind: 'tcp_failures' });
    await expect(probe(nobody, settings({ type: 'tcp' }))).resolves.toEqual({ kind: 'tcp_failures' });
    const silent = await listening(createTcpServer((socket) => socket.on('error', () => {}).resume()));
    await expect(probe(silent, settings({ timeout: 20 }))).resolves.toEqual({ kind: 'timeouts' });
  });

  it('is content with a connection where no more is asked', async () => {
    const target = await listening(createTcpServer((socket) => socket.on('error', () => {}).resume()));
    await expect(probe(target, settings({ type: 'tcp' }))).resolves.toEqual({ kind: 'connected' });
  });

  it('takes an answer that is no HTTP, or no TLS, for a failure', async () => {
    const target = await listening(
      createTcpServer((socket) =>
        socket
          .on('error', () => {})
          .resume()
          .end('nonsense\r\n\r\n'),
      ),
    );
    await expect(probe(target, settings())).resolves.toEqual({ kind: 'tcp_failures' });
    await expect(probe(target, settings({ type: 'https' }))).resolves.toEqual({ kind: 'tcp_failures' });
    await expect(probe(target, settings({ type: 'grpcs' }))).resolves.toEqual({ kind: 'tcp_failures' });
  });
});
