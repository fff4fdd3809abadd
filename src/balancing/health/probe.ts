import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { serverName } from '../../entities/host.js';
import type { Milliseconds } from '../../entities/units.js';

/** Who is probed. */
export interface Probed {
  /** What is dialled; a name where DNS wants to be asked each time. */
  readonly ip: string;
  readonly port: number;
  /** What it is known as: Host, and server name. */
  readonly hostname: string;
}

/** How an Upstream's addresses are asked. */
export interface ProbeSettings {
  readonly type: 'tcp' | 'http' | 'https' | 'grpc' | 'grpcs';
  /** For the whole probe. */
  readonly timeout: Milliseconds;
  readonly path: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** In place of the hostname. */
  readonly hostHeader?: string;
  readonly serverName?: string;
  readonly verify: boolean;
}

/** What an address made of a probe. */
export type ProbeResult =
  | { readonly kind: 'status'; readonly status: number }
  /** The connection stands, and nothing more was asked. */
  | { readonly kind: 'connected' }
  | { readonly kind: 'tcp_failures' | 'timeouts' };

/** Asks an address once how it is. Never rejects. */
export function probe(target: Probed, settings: ProbeSettings): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const asked = ask(target, settings, (result) => {
      clearTimeout(patience);
      resolve(result);
      asked.destroy();
    });
    const patience = setTimeout(() => {
      resolve({ kind: 'timeouts' });
      asked.destroy();
    }, settings.timeout);
    patience.unref();
  });
}

/** `done` may be called more than once; the first call counts. */
function ask(target: Probed, settings: ProbeSettings, done: (result: ProbeResult) => void): { destroy(): void } {
  const failed = () => done({ kind: 'tcp_failures' });
  const connected = () => done({ kind: 'connected' });
  const servername = serverName(settings.serverName ?? target.hostname);
  const tls = { servername, rejectUnauthorized: settings.verify };
  const { ip: host, port } = target;
  switch (settings.type) {
    case 'tcp':
    case 'grpc':
      return quiet(connectPlain({ host, port }, connected).on('error', failed));
    case 'grpcs':
      return quiet(connectSecure({ host, port, ...tls }, connected).on('error', failed));
    case 'http':
    case 'https': {
      const headers = { Host: settings.hostHeader ?? target.hostname, ...copied(settings.headers) };
      const options = { host, port, path: settings.path, headers, agent: false };
      const request = settings.type === 'https' ? requestSecure({ ...options, ...tls }) : requestPlain(options);
      request.on('response', ({ statusCode = 0 }) => done({ kind: 'status', status: statusCode }));
      request.on('socket', quiet).on('error', failed).end();
      return request;
    }
  }
}

/** A probe under way does not keep the process alive. */
function quiet(socket: Socket): Socket {
  return socket.unref();
}

const copied = (headers: ProbeSettings['headers']): Record<string, string[]> =>
  Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, [...values]]));
