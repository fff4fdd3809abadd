import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { call } from '../support/call.js';
import { freePort } from '../support/free-port.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

const KEY = 'correct-horse-battery-staple';
const tlsFile = (name: string) => fileURLToPath(new URL(`../support/tls/${name}`, import.meta.url));
const DECLARATION = { _format_version: '3.0', consumers: [{ username: 'alice' }] };

let gateway: Gateway;
afterEach(() => gateway.stop());

async function start(env: Record<string, string>): Promise<void> {
  gateway = await startGateway(DECLARATION, { env });
}

const consumers = (headers: Record<string, string> = {}) =>
  call(`${gateway.admin}/consumers`, { method: 'GET', headers });

describe('with a key', () => {
  it.each([
    [{ 'kong-admin-token': KEY }, 200],
    [{ authorization: `Bearer ${KEY}` }, 200],
    [{}, 401],
    [{ 'kong-admin-token': `${KEY}!` }, 401],
    [{ authorization: `Basic ${KEY}` }, 401],
  ])('headers %j are answered with %i', async (headers, status) => {
    await start({ SLUICE_ADMIN_KEY: KEY });

    expect((await consumers(headers as Record<string, string>)).status).toBe(status);
  });

  it('every path needs it, health on the status port does not', async () => {
    await start({ SLUICE_ADMIN_KEY: KEY });

    for (const path of ['/', '/status', '/metrics', '/endpoints', '/nowhere', '/config']) {
      expect(await call(gateway.admin + path, { method: 'GET' })).toMatchObject({ status: 401 });
    }
    expect((await call(`${gateway.status}/status/ready`, { method: 'GET' })).status).toBe(200);
    expect((await call(`${gateway.status}/consumers`, { method: 'GET' })).status).toBe(404);
  });

  it('it is shown nowhere', async () => {
    await start({ SLUICE_ADMIN_KEY: KEY, KONG_LOG_LEVEL: 'debug' });

    const node = await call(`${gateway.admin}/`, { method: 'GET', headers: { 'kong-admin-token': KEY } });

    expect(node.json()).toMatchObject({ configuration: { sluice_admin_key: '******' } });
    expect(node.text + gateway.log()).not.toContain(KEY);
  });

  it('a short one is refused without being repeated', async () => {
    await start({});

    await expect(startGateway(DECLARATION, { env: { SLUICE_ADMIN_KEY: 'too-short' } })).rejects.toThrow(
      "SLUICE_ADMIN_KEY is '******'; allowed: at least 16 characters",
    );
  });
});

describe('with an allow-list', () => {
  it('others are turned away', async () => {
    await start({ SLUICE_ADMIN_ALLOW: '10.0.0.0/8, ::1' });

    expect(await consumers()).toMatchObject({ status: 403 });
  });

  it('those on it are let in', async () => {
    await start({ SLUICE_ADMIN_ALLOW: '127.0.0.1' });

    expect((await consumers()).status).toBe(200);
  });
});

it('pages of other sites cannot make a browser use it', async () => {
  await start({});

  expect((await consumers({ origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  expect((await consumers({ origin: 'http://localhost:8002', 'sec-fetch-site': 'same-site' })).status).toBe(200);
  expect((await consumers({ origin: 'http://evil.test' })).status).toBe(403);
  expect((await consumers({ origin: gateway.admin })).status).toBe(200);
});

it('a name that a stranger can point at this machine does not open it; with a key any name does', async () => {
  await start({});
  const rebound = await consumers({ host: 'evil.example.com:8001' });
  expect(rebound.status).toBe(403);
  expect(rebound.text).toContain('SLUICE_ADMIN_KEY');
  expect((await consumers({ host: 'localhost:8001' })).status).toBe(200);
  await gateway.stop();

  await start({ SLUICE_ADMIN_KEY: KEY });
  expect((await consumers({ host: 'kong.example.com', 'kong-admin-token': KEY })).status).toBe(200);
});

it('a listener that the network can reach, with nothing to protect it, is warned of', async () => {
  const port = await freePort();
  await start({ KONG_ADMIN_LISTEN: `0.0.0.0:${port}` });

  expect(gateway.log()).toContain(`the Admin API on 0.0.0.0:${port} obeys anybody who can reach it`);
});

describe('over TLS', () => {
  async function secureConsumers(port: number, options: RequestOptions = {}): Promise<number> {
    const outgoing = request({ host: '127.0.0.1', port, path: '/consumers', agent: false, ...options });
    outgoing.end();
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    response.resume();
    return response.statusCode as number;
  }

  it('it shows a certificate of its own making where none is named', async () => {
    const port = await freePort();
    await start({ KONG_ADMIN_LISTEN: `127.0.0.1:${port} http2 ssl` });

    expect(await secureConsumers(port, { rejectUnauthorized: false })).toBe(200);
    await expect(secureConsumers(port)).rejects.toThrow('self-signed certificate');
  });

  it('it takes only clients whose certificate is of a trusted authority', async () => {
    const port = await freePort();
    await start({
      KONG_ADMIN_LISTEN: `127.0.0.1:${port} ssl`,
      KONG_ADMIN_SSL_CERT: tlsFile('server.pem'),
      KONG_ADMIN_SSL_CERT_KEY: tlsFile('server.key.pem'),
      KONG_NGINX_ADMIN_SSL_CLIENT_CERTIFICATE: tlsFile('ca.pem'),
    });
    const read = (name: string) => readFileSync(tlsFile(name));
    const trusting = { ca: read('ca.pem'), checkServerIdentity: () => undefined };

    expect(await secureConsumers(port, { ...trusting, cert: read('client.pem'), key: read('client.key.pem') })).toBe(
      200,
    );
    await expect(secureConsumers(port, trusting)).rejects.toThrow();
  });
});
