import { once } from 'node:events';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { call, open, readToTheEnd } from '../support/call.js';
import { deferred } from '../support/deferred.js';
import { eventually } from '../support/eventually.js';
import { rawExchange } from '../support/raw-exchange.js';
import { type ScriptedUpstream, scriptedUpstream } from '../support/scripted-upstream.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

const MEGABYTE = 1024 * 1024;

describe('bodies of a plain Service', () => {
  let upstream: ScriptedUpstream;
  /** Speaks of trailers where node:http would not let it. */
  let announcing: Server;
  let gateway: Gateway;
  let script: (incoming: IncomingMessage, outgoing: ServerResponse) => void;

  beforeAll(async () => {
    upstream = await scriptedUpstream((incoming, outgoing) => script(incoming, outgoing));
    announcing = createServer((socket) => {
      socket.once('data', (asked) => {
        const body = String(asked).startsWith('HEAD') ? '' : '5\r\nhello\r\n0\r\nX-Sum: 42\r\n\r\n';
        socket.end(`HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n${body}`);
      });
    }).listen(0, '127.0.0.1');
    await once(announcing, 'listening');
    const { port } = announcing.address() as AddressInfo;
    gateway = await startGateway(({ fileLog }) => ({
      _format_version: '3.0',
      services: [
        {
          name: 'app',
          url: upstream.url,
          routes: [
            { name: 'buffered', paths: ['/buffered'] },
            { name: 'streamed', paths: ['/streamed'], request_buffering: false, response_buffering: false },
          ],
        },
        {
          name: 'announcing',
          url: `http://127.0.0.1:${port}`,
          routes: [{ name: 'announcing', paths: ['/announcing'] }],
        },
      ],
      plugins: [{ name: 'file-log', config: { path: fileLog } }],
    }));
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
    announcing?.close();
  });

  /** What the upstream saw of the framing, and the body's length. */
  const seen: { framing: string | undefined; length: number; trailers: NodeJS.Dict<string> }[] = [];
  beforeEach(() => {
    seen.length = 0;
    script = (incoming, outgoing) => {
      let length = 0;
      incoming.on('data', (chunk: Buffer) => (length += chunk.length));
      incoming.on('end', () => {
        const { headers, trailers } = incoming;
        const framing = headers['transfer-encoding'] ?? headers['content-length'];
        seen.push({ framing, length, trailers });
        outgoing.end('done');
      });
    };
  });

  describe('towards the upstream', () => {
    it.each([
      ['/buffered', '5'],
      ['/streamed', '5'],
    ])('on %s: a body with a length goes with its length', async (path, framing) => {
      await call(gateway.proxy + path, { body: 'hello' });
      expect(seen).toMatchObject([{ framing, length: 5 }]);
    });

    it.each([
      ['/buffered', '5'],
      ['/streamed', 'chunked'],
    ])('on %s: a chunked body goes with framing %s', async (path, framing) => {
      await call(gateway.proxy + path, { body: 'hello', headers: { 'transfer-encoding': 'chunked' } });
      expect(seen).toMatchObject([{ framing, length: 5 }]);
    });

    it.each([
      ['GET', undefined],
      ['DELETE', undefined],
      ['POST', '0'],
      ['PUT', '0'],
    ])('%s without a body has the framing %p', async (method, framing) => {
      await call(`${gateway.proxy}/buffered`, { method });
      expect(seen).toMatchObject([{ framing, length: 0 }]);
    });

    it('GET with a body has it passed on', async () => {
      await call(`${gateway.proxy}/buffered`, { method: 'GET', body: 'hello' });
      expect(seen).toMatchObject([{ framing: '5', length: 5 }]);
    });

    it('nothing is asked before the body is whole with request_buffering, everything without', async () => {
      const asked: string[] = [];
      const whole = script;
      script = (incoming, outgoing) => {
        asked.push(String(incoming.headers['x-mark']));
        whole(incoming, outgoing);
      };
      const begin = (path: string) => {
        const outgoing = request(gateway.proxy + path, { method: 'POST', headers: { 'x-mark': path }, agent: false });
        outgoing.write('hel');
        return outgoing;
      };
      const [streamed, buffered] = [begin('/streamed'), begin('/buffered')];
      await eventually('the streamed request to be asked', () => (asked.includes('/streamed') ? true : undefined));
      await call(`${gateway.proxy}/buffered`, { headers: { 'x-mark': 'another' } });
      expect(asked).not.toContain('/buffered');

      for (const outgoing of [streamed, buffered]) outgoing.end('lo');
      await Promise.all([streamed, buffered].map((outgoing) => once(outgoing, 'response')));

      expect(asked).toContain('/buffered');
    });

    it('a client that expects 100 is told to go on, and only then sends', async () => {
      const outgoing = request(`${gateway.proxy}/buffered`, {
        method: 'POST',
        headers: { expect: '100-continue', 'content-length': 5 },
        agent: false,
      });
      outgoing.flushHeaders();
      await once(outgoing, 'continue');
      outgoing.end('hello');
      const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
      answer.resume();

      expect(answer.statusCode).toBe(200);
      expect(seen).toMatchObject([{ framing: '5', length: 5 }]);
    });

    it('a client that expects 100 is not told to go on where nobody wants its body', async () => {
      const outgoing = request(`${gateway.proxy}/nowhere`, {
        method: 'POST',
        headers: { expect: '100-continue', 'content-length': 5 },
        agent: false,
      });
      let invited = false;
      outgoing.on('continue', () => (invited = true)).on('error', () => {});
      outgoing.flushHeaders();
      const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
      outgoing.destroy();

      expect([answer.statusCode, invited]).toEqual([404, false]);
    });

    it('an expectation nobody knows is left out, as nginx does', async () => {
      const answered = script;
      const expectations: unknown[] = [];
      script = (incoming, outgoing) => {
        expectations.push(incoming.headers.expect);
        answered(incoming, outgoing);
      };
      const answer = await call(`${gateway.proxy}/buffered`, { body: 'hello', headers: { expect: 'tea' } });
      expect([answer.status, expectations]).toEqual([200, [undefined]]);
    });

    it('trailers of a request are left out, as they may be', async () => {
      const { statuses } = await rawExchange(
        gateway.proxyPort,
        'POST /streamed HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n' +
          '5\r\nhello\r\n0\r\nX-Sum: 42\r\n\r\n',
      );
      expect(statuses).toEqual([200]);
      expect(seen).toMatchObject([{ length: 5, trailers: {} }]);
    });

    it('an upload goes at the pace of the upstream, and the gateway keeps little of it', async () => {
      const goOn = deferred();
      let arrived = 0;
      script = async (incoming, outgoing) => {
        incoming.pause();
        await goOn.promise;
        incoming.on('data', (chunk: Buffer) => (arrived += chunk.length));
        incoming.on('end', () => outgoing.end('done')).resume();
      };
      const total = 200 * MEGABYTE;
      const before = gateway.residentBytes();
      const outgoing = request(`${gateway.proxy}/streamed`, {
        method: 'POST',
        headers: { 'content-length': total },
        agent: false,
      });
      const answered = once(outgoing, 'response');
      let sent = 0;
      const piece = Buffer.alloc(MEGABYTE);
      const send = () => {
        while (sent < total) {
          sent += piece.length;
          if (!outgoing.write(piece)) return;
        }
        outgoing.end();
      };
      outgoing.on('drain', send);
      send();
      // Nothing more goes once what lies between client and upstream is full.
      let last = -1;
      await eventually('the upload to stand still', async () => {
        const stands = sent === last;
        last = sent;
        await new Promise((resolve) => setTimeout(resolve, 150));
        return stands || undefined;
      });
      expect(sent).toBeLessThan(total / 4);
      expect(gateway.residentBytes() - before).toBeLessThan(40 * MEGABYTE);

      goOn.resolve();
      const [answer] = (await answered) as [IncomingMessage];
      answer.resume();

      expect([answer.statusCode, arrived]).toEqual([200, total]);
      expect(gateway.residentBytes() - before).toBeLessThan(80 * MEGABYTE);
    });

    it('an upstream that answers before it has read everything is heard', async () => {
      script = (_, outgoing) => {
        outgoing.writeHead(413, { connection: 'close' });
        outgoing.end('too much');
      };
      const socket: Socket = connect(gateway.proxyPort, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(`POST /streamed HTTP/1.1\r\nHost: a\r\nContent-Length: ${MEGABYTE}\r\n\r\nhello`);
      let text = '';
      for await (const chunk of socket) {
        text += chunk;
        if (text.includes('too much')) break;
      }
      expect(text).toMatch(/^HTTP\/1\.1 413 /);
    });
  });

  describe('towards the client', () => {
    const raw = (path: string, more = '') =>
      rawExchange(gateway.proxyPort, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${more}\r\n`);

    it('a body with a length has its length, one without has chunks', async () => {
      script = ({ url }, outgoing) => {
        if (url === '/length') outgoing.setHeader('Content-Length', 5);
        outgoing.flushHeaders();
        outgoing.end('hello');
      };
      const [length, chunks] = [await raw('/buffered/length'), await raw('/buffered/chunks')];
      expect(length.text).toMatch(/\r\nContent-Length: 5\r\n.*\r\n\r\nhello$/s);
      expect(length.text).not.toMatch(/transfer-encoding/i);
      expect(chunks.text).toMatch(/\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/);
      expect(chunks.text).not.toMatch(/content-length/i);
    });

    it('a client of HTTP/1.0 gets no chunks but the end of its connection', async () => {
      script = (_, outgoing) => {
        outgoing.flushHeaders();
        outgoing.end('hello');
      };
      const { text, closed } = await rawExchange(gateway.proxyPort, 'GET /buffered HTTP/1.0\r\nHost: a\r\n\r\n');
      expect(text).toMatch(/\r\n\r\nhello$/);
      expect(text).not.toMatch(/transfer-encoding/i);
      expect(closed).toBe(true);
    });

    it.each([
      ['HEAD', 200, '5'],
      ['GET', 204, undefined],
      ['GET', 304, undefined],
    ])('%s answered %i has no body, and no length but that of a HEAD', async (method, status, length) => {
      script = (_, outgoing) => {
        outgoing.writeHead(status, { etag: '"1"', ...(length !== undefined && { 'content-length': length }) });
        outgoing.end();
      };
      const answer = await call(`${gateway.proxy}/buffered`, { method });
      expect(answer).toMatchObject({ status, text: '' });
      expect(answer.headers.etag).toBe('"1"');
      expect(answer.headers['content-length']).toBe(length);
      expect(answer.headers['transfer-encoding']).toBeUndefined();
    });

    it('a 304 keeps the length it names, which is that of the body it does not have', async () => {
      script = (_, outgoing) => outgoing.writeHead(304, { 'content-length': '1234' }).end();
      expect((await raw('/buffered')).text).toMatch(/^HTTP\/1\.1 304 .*\r\nContent-Length: 1234\r\n/is);
    });

    it('trailers reach a client that takes them, and nobody else', async () => {
      script = (_, outgoing) => {
        outgoing.writeHead(200, { Trailer: 'X-Sum' });
        outgoing.write('hello');
        outgoing.addTrailers({ 'X-Sum': '42', 'Set-Cookie': 'a=1' });
        outgoing.end();
      };
      const [taken, left] = [await raw('/buffered', 'TE: trailers\r\n'), await raw('/buffered')];
      expect(taken.text).toMatch(/\r\nTrailer: X-Sum\r\n.*5\r\nhello\r\n0\r\nx-sum: 42\r\n\r\n$/s);
      expect(left.text).not.toMatch(/trailer|x-sum/i);
      expect(left.text).toMatch(/5\r\nhello\r\n0\r\n\r\n$/);
    });

    it.each([
      ['HEAD', 'HTTP/1.1'],
      ['GET', 'HTTP/1.0'],
    ])('trailers are not announced to %s in %s, which could not have them', async (method, version) => {
      const { statuses, text } = await rawExchange(
        gateway.proxyPort,
        `${method} /announcing ${version}\r\nHost: a\r\nConnection: close\r\nTE: trailers\r\n\r\n`,
      );
      expect(statuses).toEqual([200]);
      expect(text).not.toMatch(/trailer|x-sum/i);
    });

    it.each(['/buffered', '/streamed'])('on %s: each piece is passed on when it comes', async (path) => {
      const goOn = deferred();
      script = async (_, outgoing) => {
        outgoing.write('one ');
        await goOn.promise;
        outgoing.end('two');
      };
      const opened = await open(gateway.proxy + path, { method: 'GET' });
      expect(String(await opened.nextChunk())).toBe('one ');
      goOn.resolve();
      expect(await readToTheEnd(opened)).toEqual({ text: 'two', whole: true });
    });

    it('early hints are between the upstream and the gateway', async () => {
      script = (_, outgoing) => {
        outgoing.writeEarlyHints({ link: '</style.css>; rel=preload' });
        outgoing.end('hello');
      };
      expect((await raw('/buffered')).statuses).toEqual([200]);
    });
  });
});
