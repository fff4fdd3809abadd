import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request as secureRequest } from 'node:https';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type EchoUpstream, echoUpstream } from '../support/echo-upstream.js';
import { Http2Client } from '../support/http2-client.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

const file = (name: string) => fileURLToPath(new URL(`../support/tls/${name}`, import.meta.url));
const pem = (name: string) => readFileSync(file(name), 'utf8');
const certificate = (name: string, snis: string[]) => ({
  cert: pem(`${name}.pem`),
  key: pem(`${name}.key.pem`),
  snis: snis.map((sni) => ({ name: sni })),
});

/** The common name of the certificate a client is shown that asks for this name, or for none. */
async function shownTo(port: number, servername: string | undefined): Promise<string> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    rejectUnauthorized: false,
    ...(servername !== undefined && { servername }),
  });
  await once(socket, 'secureConnect');
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

describe('a TLS listener', () => {
  let upstream: EchoUpstream;
  let gateway: Gateway;

  beforeAll(async () => {
    upstream = await echoUpstream();
    gateway = await startGateway(
      ({ fileLog }) => ({
        _format_version: '3.0',
        services: [
          {
            name: 'echo',
            url: upstream.url,
            routes: [
              { name: 'all', paths: ['/'], strip_path: false },
              { name: 'named', paths: ['/named'], snis: ['exact.test'], protocols: ['https'] },
              { name: 'secure', paths: ['/secure'], protocols: ['https'] },
            ],
          },
        ],
        certificates: [
          certificate('sni-exact', ['exact.test']),
          certificate('sni-suffix', ['*.wild.test']),
          certificate('sni-prefix', ['prefix.*']),
          {
            cert: '{vault://env/chain-cert}',
            key: '{vault://env/chain-key}',
            snis: [{ name: 'vault.test' }],
          },
          { cert: '{vault://env/nowhere}', key: '{vault://env/chain-key}', snis: [{ name: 'lost.test' }] },
        ],
        plugins: [{ name: 'file-log', config: { path: fileLog } }],
      }),
      { env: { CHAIN_CERT: pem('chain.pem'), CHAIN_KEY: pem('chain.key.pem') } },
    );
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
  });

  it.each([
    ['exact.test', 'exact.test'],
    ['EXACT.test', 'exact.test'],
    ['a.wild.test', 'suffix wildcard'],
    ['a.b.wild.test', 'localhost'],
    ['wild.test', 'localhost'],
    ['prefix.com', 'prefix wildcard'],
    ['prefix.a.com', 'localhost'],
    ['vault.test', 'api.test'],
    ['other.test', 'localhost'],
    [undefined, 'localhost'],
  ])('shows to a client that asks for %p the certificate of %p', async (asked, shown) => {
    expect(await shownTo(gateway.securePort, asked)).toBe(shown);
  });

  it('shows its own certificate where a vault does not have the configured one, and says which', async () => {
    expect(await shownTo(gateway.securePort, 'lost.test')).toBe('localhost');
    expect(gateway.log()).toMatch(/certificate '[^']+' is not used: its cert is \{vault:\/\/env\/nowhere\}.* NOWHERE/);
  });

  it('speaks HTTP/1.1 with clients that do not offer HTTP/2', async () => {
    const agent = new Agent({ rejectUnauthorized: false });
    const outgoing = secureRequest({ port: gateway.securePort, host: '127.0.0.1', path: '/over-tls', agent }).end();
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of answer) text += chunk;
    agent.destroy();

    expect(answer.statusCode).toBe(200);
    expect(answer.httpVersion).toBe('1.1');
    expect(JSON.parse(text).headers).toMatchObject({
      'x-forwarded-proto': 'https',
      'x-forwarded-port': String(gateway.securePort),
      via: expect.stringMatching(/^1\.1 /),
    });
  });

  it('speaks HTTP/2 with clients that offer it', async () => {
    const client = await Http2Client.to(`https://127.0.0.1:${gateway.securePort}`);
    const answer = await client.ask({ ':path': '/over-http2', ':authority': 'a.test:8443' });
    client.leave();

    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text).headers).toMatchObject({
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'a.test',
      via: expect.stringMatching(/^2 /),
    });
    const line = await gateway.logLine(({ request }) => request.uri === '/over-http2');
    expect(line.request).toMatchObject({
      url: `https://a.test:${gateway.securePort}/over-http2`,
      headers: { host: 'a.test:8443' },
      tls: { version: 'TLSv1.3', cipher: expect.any(String), client_verify: 'NONE' },
      size: expect.any(Number),
    });
    expect(line.response.size).toBeGreaterThan(answer.text.length);
  });

  it('leads by server name, on Routes that ask for one', async () => {
    const named = await Http2Client.to(`https://127.0.0.1:${gateway.securePort}`, { servername: 'exact.test' });
    const other = await Http2Client.to(`https://127.0.0.1:${gateway.securePort}`, { servername: 'other.test' });
    const paths = [];
    for (const client of [named, other]) {
      await client.ask({ ':path': '/named/x' });
      paths.push(upstream.seen.at(-1)?.path);
      client.leave();
    }
    // `named` strips its prefix, `all` does not.
    expect(paths).toEqual(['/x', '/named/x']);
  });

  it('is what a Route for https asks of clients that come in plain text', async () => {
    const answer = await fetch(`${gateway.proxy}/secure`);
    expect(answer.status).toBe(426);
    expect(answer.headers.get('upgrade')).toBe('TLS/1.2, HTTP/1.1');
  });
});

describe('a TLS listener with a certificate of its own', () => {
  it('shows it for every name nobody configured', async () => {
    const gateway = await startGateway(
      { _format_version: '3.0', certificates: [certificate('sni-exact', ['exact.test'])] },
      { env: { KONG_SSL_CERT: file('server.pem'), KONG_SSL_CERT_KEY: pem('server.key.pem') } },
    );
    try {
      expect(await shownTo(gateway.securePort, 'other.test')).toBe('server.test');
      expect(await shownTo(gateway.securePort, undefined)).toBe('server.test');
      expect(await shownTo(gateway.securePort, 'exact.test')).toBe('exact.test');
    } finally {
      await gateway.stop();
    }
  });

  it.each([
    [
      { KONG_SSL_CERT: '/not/there.pem', KONG_SSL_CERT_KEY: '/not/there.key' },
      'KONG_SSL_CERT is neither PEM text nor a file',
    ],
    [{ KONG_SSL_CERT: file('server.pem') }, 'KONG_SSL_CERT lists 1 certificates and KONG_SSL_CERT_KEY 0 keys'],
    [
      { KONG_SSL_CERT: file('server.pem'), KONG_SSL_CERT_KEY: file('client.key.pem') },
      'KONG_SSL_CERT and KONG_SSL_CERT_KEY cannot be used: ',
    ],
  ])('does not start with %p', async (env, reason) => {
    await expect(startGateway({ _format_version: '3.0' }, { env })).rejects.toThrow(reason);
  });
});
