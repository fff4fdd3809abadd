import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { listenOn } from './listen-on.js';
import { LISTENERS, type Listener } from './listener.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const listener = (text: string) => (LISTENERS.parse(text) as readonly Listener[])[0] as Listener;
function open(text: string) {
  const server = createServer();
  servers.push(server);
  return listenOn(server, listener(text), 'KONG_PROXY_LISTEN');
}

describe('a listener', () => {
  it.each([
    ['127.0.0.1:0', /^http:\/\/127\.0\.0\.1:\d+$/],
    ['127.0.0.1:0 ssl', /^https:\/\/127\.0\.0\.1:\d+$/],
  ])('at %s tells where it is', async (text, expected) => {
    expect((await open(text)).address).toMatch(expected);
  });

  it('at a place that is taken names the place, the setting and a way out', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    servers.push(taken);
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;

    await expect(open(`127.0.0.1:${port}`)).rejects.toThrow(
      `cannot listen on 127.0.0.1:${port} (KONG_PROXY_LISTEN): another process listens there already; stop it, or choose another port`,
    );
  });

  it('at an address of another machine says so', async () => {
    await expect(open('203.0.113.7:0')).rejects.toThrow('this machine has no such address');
  });
});
