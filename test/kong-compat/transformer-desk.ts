import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { Settings } from '../../src/config/settings.js';
import type { RecordClass } from '../../src/entities/field-schema.js';
import { recordSchema } from '../../src/entities/record-schema.js';
import { milliseconds } from '../../src/entities/units.js';
import type { HeaderList } from '../../src/pdk/header-list.js';
import type { Plugin, PluginScope } from '../../src/pdk/plugin.js';
import { ProxiedRequest } from '../../src/pdk/proxied-request.js';
import { RoutableView } from '../../src/proxy/routable-view.js';
import { RouteTable } from '../../src/routing/route-table.js';
import { upstreamPath } from '../../src/routing/upstream-path.js';
import { type DeclaredRoute, entitiesOf } from './router-request.js';

export interface ClientRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
}

/** What would go upstream. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly host: string | undefined;
  readonly headers: HeaderList;
  readonly body: Buffer;
}

export type Outcome =
  | ({ readonly kind: 'sent' } & Sent)
  /** The plugin answered, or failed, which the proxy answers with 500. */
  | { readonly kind: 'answered'; readonly status: number; readonly why: string };

const SCOPE: PluginScope = { id: 'plugin', attachedTo: 'every request', unresolved: [], warn: () => undefined };

/** Checks a configuration as a file's would be, and lets the plugin prepare it. */
export function prepared(plugin: Plugin, schema: RecordClass, config: object): unknown {
  const { value, error } = recordSchema(schema).check(config);
  if (error !== undefined) throw new Error(JSON.stringify(error));
  return plugin.configure?.(value, SCOPE) ?? value;
}

export function settings(overrides: Partial<Settings> = {}): Settings {
  return Object.assign(new Settings(), overrides);
}

/** A client sends a request over a socket; the router and a plugin make of it what would go upstream. No upstream is called. */
export class TransformerDesk {
  private take: ((incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>) | undefined;
  private readonly server: Server = createServer((incoming, outgoing) => void this.take?.(incoming, outgoing));

  static async open(): Promise<TransformerDesk> {
    const desk = new TransformerDesk();
    desk.server.listen(0, '127.0.0.1');
    await once(desk.server, 'listening');
    return desk;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** The request as the proxy would see it after `act`. */
  async receive<T>(asked: ClientRequest, act: (request: ProxiedRequest) => T | Promise<T>): Promise<T> {
    const done = new Promise<T>((resolve, reject) => {
      this.take = async (incoming, outgoing) => {
        try {
          resolve(await act(this.proxied(incoming, outgoing)));
        } catch (error) {
          reject(error);
        }
        outgoing.end();
      };
    });
    // A client that fails must not leave the test waiting, nor may a rejection wait unhandled for the client.
    const [outcome] = await Promise.all([done, this.send(asked)]);
    return outcome;
  }

  /** `shared`: values other plugins put into the shared context before. */
  transformed(
    plugin: Plugin,
    configuration: unknown,
    route: Omit<DeclaredRoute, 'name'>,
    asked: ClientRequest,
    shared: Readonly<Record<string, unknown>> = {},
  ): Promise<Outcome> {
    return this.receive(asked, async (request) => {
      Object.assign(request.shared, shared);
      takeRoute(request, route);
      try {
        await plugin.access?.(request, configuration);
      } catch (error) {
        return { kind: 'answered', status: 500, why: (error as Error).message };
      }
      const { exited, serviceRequest, headers, body } = request;
      if (exited) return { kind: 'answered', status: exited.status, why: exited.kind };
      const { method, path, query, hostHeader } = serviceRequest;
      const read = await body.read(0 as never);
      if (read.state !== 'complete') throw new Error(`the body is ${read.state}`);
      const target = query === undefined ? path : `${path}?${query}`;
      return { kind: 'sent', method, path: target, host: hostHeader, headers, body: read.bytes };
    });
  }

  private proxied(incoming: IncomingMessage, outgoing: ServerResponse): ProxiedRequest {
    const connection = {
      scheme: 'http',
      host: incoming.headers.host ?? '',
      port: 8000,
      clientIp: '127.0.0.1',
      clientPort: 50_000,
      peerIp: '127.0.0.1',
      trusted: false,
    } as const;
    const id = randomUUID().replaceAll('-', '');
    const now = milliseconds(Date.now());
    return new ProxiedRequest(incoming, outgoing, id, milliseconds(performance.now()), now, connection, undefined);
  }

  private async send({ method, path, headers, body }: ClientRequest): Promise<void> {
    const { port } = this.server.address() as AddressInfo;
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const framing = 'transfer-encoding' in headers ? {} : length;
    const client = httpRequest({ port, method, path, headers: { ...headers, ...framing, connection: 'close' } });
    client.end(body);
    const [response] = (await once(client, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
  }
}

function takeRoute(request: ProxiedRequest, declared: Omit<DeclaredRoute, 'name'>): void {
  const { routes, services } = entitiesOf([{ ...declared, name: 'r' }]);
  const match = RouteTable.compile(routes, services, { flavor: 'traditional_compatible' }).match(
    new RoutableView(request),
  );
  if (!match) throw new Error('no Route matched');
  request.route = match.route;
  request.service = match.service;
  request.path = match.path;
  request.uriCaptures = match.uriCaptures;
  request.serviceRequest.path = upstreamPath(match).path;
}
