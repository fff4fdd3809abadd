import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { hostInUrl } from '../entities/host.js';
import type { Listener } from './listener.js';

export interface OpenListener {
  readonly port: number;
  /** As a client writes it: `https://127.0.0.1:8443`. */
  readonly address: string;
}

const REMEDIES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there already; stop it, or choose another port',
  EACCES: 'this user may not; choose a port from 1024 on, or grant CAP_NET_BIND_SERVICE',
  EADDRNOTAVAIL: 'this machine has no such address; 0.0.0.0 stands for all it has',
};

/**
 * Lets a server listen where a listener of the setting says. Rejects naming the place, the setting and the way out: a port
 * that is taken is the first mistake there is to make.
 */
export async function listenOn(server: Server, listener: Listener, setting: string): Promise<OpenListener> {
  const { host, port, tls, backlog, ipv6Only } = listener;
  server.listen({ host, port, ...(backlog !== undefined && { backlog }), ...(ipv6Only && { ipv6Only }) });
  try {
    await once(server, 'listening');
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const place = `${hostInUrl(host)}:${port}`;
    throw new Error(`cannot listen on ${place} (${setting}): ${REMEDIES[code] ?? message}`, { cause });
  }
  const bound = server.address() as AddressInfo;
  return { port: bound.port, address: `${tls ? 'https' : 'http'}://${hostInUrl(bound.address)}:${bound.port}` };
}
