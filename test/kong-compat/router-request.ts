import { idFromName } from '../../src/config/stable-id.js';
import { byteString } from '../../src/entities/byte-string.js';
import { Route } from '../../src/entities/route.js';
import { Service } from '../../src/entities/service.js';
import type { RoutableRequest } from '../../src/routing/routable-request.js';

/** A Route as a file would declare it, with its Service beside it; absent fields have their defaults. */
export type DeclaredRoute = Partial<Omit<Route, 'service'>> & {
  readonly name: string;
  readonly service?: Partial<Service> | null;
};

/** The entities of a file that declares these Routes. */
export function entitiesOf(declared: readonly DeclaredRoute[]): { routes: Route[]; services: Service[] } {
  const services: Service[] = [];
  const routes = declared.map(({ service, ...fields }) => {
    const route = Object.assign(new Route(), { id: idFromName('routes', fields.name), created_at: 1 }, fields);
    if (!service) return route;
    const id = idFromName('services', fields.name);
    services.push(Object.assign(new Service(), { id, name: fields.name }, service));
    route.service = { id };
    return route;
  });
  return { routes, services };
}

export interface Asked {
  readonly method?: string;
  readonly scheme?: 'http' | 'https';
  readonly host?: string;
  /** The request target: path and query, as the client writes them. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly sni?: string;
  readonly port?: number;
  readonly clientIp?: string;
  readonly clientPort?: number;
  readonly serverIp?: string;
}

/** What routing sees of a request. */
export function aRequest(asked: Asked): RoutableRequest {
  const target = byteString(asked.path ?? '/');
  const mark = target.indexOf('?');
  const headers = Object.entries(asked.headers ?? {}).map(
    ([name, values]) => [name.toLowerCase(), [values].flat()] as const,
  );
  const byName = new Map<string, readonly string[]>(headers);
  return {
    method: asked.method ?? 'GET',
    host: asked.host ?? '',
    rawPath: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? undefined : target.slice(mark + 1),
    scheme: asked.scheme ?? 'http',
    sni: asked.sni,
    port: asked.port ?? 8000,
    clientIp: asked.clientIp ?? '127.0.0.1',
    clientPort: asked.clientPort ?? 50000,
    serverIp: asked.serverIp,
    header: (name) => byName.get(name) ?? [],
  };
}
