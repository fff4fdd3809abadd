import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createSocketServer, type Server as NetServer, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { CollectedAttempt } from '../../test/support/collected-attempt.js';
import { fullBacklog } from '../../test/support/full-backlog.js';
import type { AttemptOrder, AttemptTimeouts, UpstreamAddress, UpstreamTls } from './attempt.js';
import type { PoolRules } from './connection-pool.js';
import { UpstreamClient } from './upstream-client.js';

const pem = (name: string) => readFileSync(new URL(`../../test/support/tls/${name}.pem`, import.meta.url), 'utf8');

/** How late a time-out may be on a machine that is busy with other tests; undici's own would be up to a second late. */
const PATIENCE_MS = 150;

describe('an attempt', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  const listening = async (server: NetServer): Promise<number> => {
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).once('close', () => sockets.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    });
    return (server.address() as AddressInfo).port;
  };
  const upstream = (listener: RequestListener): Promise<number> => listening(createServer(listener));
  const clientWith = (rules: Partial<PoolRules> = {}): UpstreamClient =>
    new UpstreamClient({ size: 512, idleTimeout: 10_000, maxRequests: 0, ...rules });
  const order = (
    port: number,
    { timeouts, ...more }: Partial<Omit<AttemptOrder, 'timeouts'>> & { timeouts?: Partial<AttemptTimeouts> } = {},
  ): AttemptOrder => ({
    address: addressOf(port),
    method: 'GET',
    path: '/',
    headers: ['Host', 'api.test'],
    body: null,
    timeouts: { connect: 5000, head: 5000, idle: 5000, write: 5000, ...timeouts },
    ...more,
  });
  const addressOf = (port: number): UpstreamAddress => ({ scheme: 'http', ip: '127.0.0.1', port });
  const attempt = (asked: AttemptOrder, client = clientWith()) => {
    const collected = new CollectedAttempt();
    return Object.assign(collected, { handle: client.send(asked, collected) });
  };
  const expectFailure = ({ failure, took }: CollectedAttempt, code: string, after: number) => {
    expect(failure).toMatchObject({ kind: 'timeout', code });
    expect(took).toBeGreaterThanOrEqual(after - 1);
    expect(took).toBeLessThan(after + PATIENCE_MS);
  };

  describe('ends by time-out', () => {
    it('where nobody accepts the connection, after connect_timeout: nothing was sent', async () => {
      const deaf = await fullBacklog();
      closing.push(() => deaf.close());

      const failed = await attempt(order(deaf.port, { timeouts: { connect: 120 } })).until('over');

      expectFailure(failed, 'CONNECT_TIMEOUT', 120);
      expect(failed.failure?.sent).toBe(false);
    });

    it('where the TLS handshake does not finish, after connect_timeout', async () => {
      const port = await listening(createSocketServer());
      const address: UpstreamAddress = { scheme: 'https', ip: '127.0.0.1', port, tls: { verify: false } };

      const failed = await attempt(order(port, { address, timeouts: { connect: 120 } })).until('over');

      expectFailure(failed, 'CONNECT_TIMEOUT', 120);
      expect(failed.failure?.sent).toBe(false);
    });

    it('where no head comes, after read_timeout: it was sent', async () => {
      const port = await upstream(() => {});

      const failed = await attempt(order(port, { timeouts: { head: 120 } })).until('over');

      expectFailure(failed, 'READ_TIMEOUT', 120);
      expect(failed.failure?.sent).toBe(true);
    });

    it('where the body stops, read_timeout after its last piece', async () => {
      let lastPiece = 0;
      const port = await upstream((_, outgoing) => {
        outgoing.write('one');
        setTimeout(() => {
          outgoing.write('two');
          lastPiece = performance.now();
        }, 80);
      });

      const failed = await attempt(order(port, { timeouts: { head: 120, idle: 120 } })).until('over');

      expect(failed).toMatchObject({ status: 200, body: 'onetwo', failure: { code: 'READ_TIMEOUT' } });
      expect(failed.overAt - lastPiece).toBeGreaterThanOrEqual(119);
      expect(failed.overAt - lastPiece).toBeLessThan(120 + PATIENCE_MS);
    });

    it('where a body that is passed on is not read, write_timeout after its last piece went', async () => {
      const port = await upstream((incoming) => incoming.pause());
      const body = new PassThrough();
      const failing = attempt(order(port, { method: 'POST', body, timeouts: { write: 120, head: 60 } }));

      const piece = Buffer.alloc(1024 * 1024);
      const fill = () => {
        while (!body.destroyed && body.write(piece));
      };
      body.on('drain', fill).on('error', () => {});
      fill();
      const failed = await failing.until('over');

      expect(failed.failure).toMatchObject({ kind: 'timeout', code: 'WRITE_TIMEOUT', sent: true });
    });
  });

  describe('goes on', () => {
    it('while pieces come, each within read_timeout', async () => {
      const port = await upstream(async (_, outgoing) => {
        for (let count = 0; count < 6; count++) {
          outgoing.write('.');
          await pause(50);
        }
        outgoing.end();
      });

      const answered = await attempt(order(port, { timeouts: { head: 150, idle: 150 } })).until('over');

      expect(answered).toMatchObject({ body: '......', failure: undefined });
    });

    it("while the client does not take the response: that is not the upstream's silence", async () => {
      const port = await upstream((_, outgoing) => {
        outgoing.write('one');
        setTimeout(() => outgoing.end('two'), 20);
      });
      const paused = attempt(order(port, { timeouts: { idle: 60 } }));
      await paused.until('data');
      paused.handle.pause();
      await pause(200);
      expect(paused.failure).toBeUndefined();

      paused.handle.resume();

      expect(await paused.until('over')).toMatchObject({ body: 'onetwo', failure: undefined });
    });

    it('while the client does not send its body: that is not the upstream that does not read', async () => {
      const port = await upstream((incoming, outgoing) => incoming.resume().on('end', () => outgoing.end('read')));
      const body = new PassThrough();
      const waiting = attempt(order(port, { method: 'POST', body, timeouts: { write: 60, head: 60 } }));
      body.write('one');
      await pause(200);
      expect(waiting.failure).toBeUndefined();

      body.end('two');

      expect(await waiting.until('over')).toMatchObject({ status: 200, body: 'read' });
    });
  });

  it('says nothing more once it was aborted', async () => {
    const port = await upstream((_, outgoing) => void outgoing.write('one'));
    const aborted = attempt(order(port, { timeouts: { idle: 60 } }));
    await aborted.until('data');

    aborted.handle.abort(new Error('the client left'));
    await pause(150);

    expect(aborted).toMatchObject({ overAt: 0, failure: undefined });
  });

  it.each([
    ['ends where the connection is closed', (socket: Socket) => socket.end(), undefined],
    ['fails where the connection is reset', (socket: Socket) => socket.resetAndDestroy(), 'ECONNRESET'],
  ])('whose body is as long as its connection %s', async (_, stop, code) => {
    const server = createSocketServer((socket) => void socket.write('HTTP/1.1 200 OK\r\n\r\nhalf an ans'));
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const collected = attempt(order(await listening(server)));
    await collected.until('data');

    stop((await accepted)[0]);
    await collected.until('over');

    expect(collected).toMatchObject({ status: 200, body: 'half an ans' });
    expect(collected.failure?.code).toBe(code);
  });

  it('brings the trailers', async () => {
    const port = await upstream((_, outgoing) => {
      outgoing.writeHead(200, { trailer: 'X-Sum' });
      outgoing.addTrailers({ 'X-Sum': '42' });
      outgoing.end('body');
    });

    expect(await attempt(order(port)).until('over')).toMatchObject({ body: 'body', trailers: ['X-Sum', '42'] });
  });

  it('fails after it was sent off, not while, where it cannot even be worded', async () => {
    const port = await upstream((_, outgoing) => outgoing.end());

    const failing = attempt(order(port, { path: '/a b' }));

    expect(failing.overAt).toBe(0);
    expect(await failing.until('over')).toMatchObject({ failure: { kind: 'error', sent: false } });
  });

  it('ends, with the other side told nothing, where the upstream answers 101 unasked', async () => {
    const port = await listening(
      createSocketServer((socket) =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
      ),
    );

    expect(await attempt(order(port)).until('over')).toMatchObject({ status: 0, failure: { kind: 'error' } });
  });

  describe('over TLS', () => {
    const secureUpstream = (name: string): Promise<number> =>
      listening(
        createSecureServer({ cert: pem(name), key: pem(`${name}.key`) }, (_, outgoing) =>
          outgoing.end('secret'),
        ) as Server,
      );
    const over = async (port: number, tls: Partial<UpstreamTls>) => {
      const address: UpstreamAddress = {
        scheme: 'https',
        ip: '127.0.0.1',
        port,
        tls: { verify: true, servername: 'api.test', ...tls },
      };
      return attempt(order(port, { address })).until('over');
    };

    it.each([
      [0, false],
      [1, false],
      [2, true],
      [undefined, true],
    ])('with two certificates in between and tls_verify_depth %p: trusted is %p', async (verifyDepth, trusted) => {
      const port = await secureUpstream('chain');
      const { status, failure } = await over(port, {
        authorities: [pem('chain-ca')],
        ...(verifyDepth !== undefined && { verifyDepth }),
      });
      expect(status).toBe(trusted ? 200 : 0);
      expect(failure?.code).toBe(trusted ? undefined : 'CERT_CHAIN_TOO_LONG');
    });

    it('signed by the authority itself is trusted with tls_verify_depth 0', async () => {
      const port = await secureUpstream('server');
      expect(await over(port, { authorities: [pem('ca')], verifyDepth: 0 })).toMatchObject({ status: 200 });
    });

    it.each([
      ['by nobody it trusts', { authorities: [pem('chain-ca')] }, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
      ['for another name', { authorities: [pem('ca')], servername: 'other.test' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ])('signed %s fails before anything is sent', async (_, tls, code) => {
      const port = await secureUpstream('server');
      expect(await over(port, tls)).toMatchObject({ status: 0, failure: { kind: 'error', sent: false, code } });
    });

    it('with a certificate of its own that cannot be used fails, and nobody else does', async () => {
      const port = await secureUpstream('server');
      expect(await over(port, { verify: false, certificate: { cert: 'x', key: 'y' } })).toMatchObject({
        failure: { kind: 'error', sent: false },
      });
      expect(await over(port, { verify: false })).toMatchObject({ status: 200 });
    });
  });

  describe('and the connections that are kept', () => {
    /** Waits for as many requests at once, answers them all, and tells on which connections they came. */
    const gathering = async () => {
      const numbers = new Map<Socket, number>();
      const waiting: (() => void)[] = [];
      let together = 1;
      const port = await upstream(({ socket }, outgoing) => {
        if (!numbers.has(socket)) numbers.set(socket, numbers.size + 1);
        waiting.push(() => outgoing.end(String(numbers.get(socket))));
        if (waiting.length === together) for (const answer of waiting.splice(0)) answer();
      });
      const ask = async (client: UpstreamClient, count: number): Promise<number[]> => {
        together = count;
        const asked = order(port);
        const attempts = Array.from({ length: count }, () => attempt(asked, client));
        for (const one of attempts) await one.until('over');
        // A connection is free again a turn after its answer.
        await pause(5);
        return attempts.map(({ body }) => Number(body)).sort((a, b) => a - b);
      };
      return { ask };
    };

    it('are used again', async () => {
      const { ask } = await gathering();
      const client = clientWith();
      expect([await ask(client, 2), await ask(client, 2)]).toEqual([
        [1, 2],
        [1, 2],
      ]);
    });

    it('are as many as the pool is large: the others close after their answer', async () => {
      const { ask } = await gathering();
      const client = clientWith({ size: 2 });
      expect([await ask(client, 4), await ask(client, 2), await ask(client, 3)]).toEqual([
        [1, 2, 3, 4],
        [1, 2],
        [1, 2, 5],
      ]);
    });

    it('are none where the pool has no size', async () => {
      const { ask } = await gathering();
      const client = clientWith({ size: 0 });
      expect([await ask(client, 1), await ask(client, 1)]).toEqual([[1], [2]]);
    });

    it('are kept for ever where nobody limits it, and closed after so many requests where somebody does', async () => {
      const { ask } = await gathering();
      const client = clientWith({ idleTimeout: 0, maxRequests: 2 });
      expect([await ask(client, 1), await ask(client, 1), await ask(client, 1)]).toEqual([[1], [1], [2]]);
    });
  });
});
