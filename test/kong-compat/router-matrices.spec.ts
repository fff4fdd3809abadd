import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type RouteMatch, RouteTable } from '../../src/routing/route-table.js';
import { upstreamPath } from '../../src/routing/upstream-path.js';
import { type Asked, aRequest, type DeclaredRoute, entitiesOf } from './router-request.js';

/** Exchanges recorded from Kong 3.9.3, flavor traditional_compatible. */
const recorded = <T>(name: string): readonly T[] =>
  (JSON.parse(readFileSync(new URL(`./fixtures/router-${name}.json`, import.meta.url), 'utf8')) as { cases: T[] })
    .cases;

function match(declared: readonly DeclaredRoute[], asked: Asked): RouteMatch | undefined {
  const { routes, services } = entitiesOf(declared);
  return RouteTable.compile(routes, services, { flavor: 'traditional_compatible' }).match(aRequest(asked));
}

const service = { protocol: 'http', host: '127.0.0.1', port: 19000 };

interface PathJoin {
  readonly service_path: string | null;
  readonly route_path: string;
  readonly strip_path: boolean;
  readonly request_path: string;
  readonly status: number;
  readonly upstream_path: string | null;
  readonly x_forwarded_prefix: string | null;
}

describe('the upstream path, as recorded', () => {
  it.each(recorded<PathJoin>('path-join-matrix'))(
    'Service $service_path, Route $route_path, strip_path $strip_path, request $request_path: $upstream_path',
    ({ service_path, route_path, strip_path, request_path, upstream_path, x_forwarded_prefix }) => {
      const path = service_path ?? undefined;
      const found = match(
        [{ name: 'r', paths: [route_path], strip_path, service: { ...service, ...(path && { path }) } }],
        {
          path: request_path,
        },
      );
      const seen = found && upstreamPath(found);
      expect(seen?.path ?? null).toBe(upstream_path);
      expect(seen?.prefix ?? null).toBe(x_forwarded_prefix);
    },
  );
});

interface Normalization {
  readonly request_target: string;
  readonly status: number;
  readonly upstream_path: string | null;
  readonly x_forwarded_prefix: string | null;
}

describe('the path on its way through, as recorded', () => {
  const based = { ...service, path: '/base' };
  const routes: DeclaredRoute[] = [
    { name: 'n', paths: ['/n'], service: based },
    { name: 'k', paths: ['/k'], strip_path: false, service: based },
    { name: 'spaces', paths: ['/e x'], service: based },
    { name: 'accents', paths: ['/café'], service: based },
  ];
  // What Kong answered with 400 is refused before any Route is looked for.
  const routed = recorded<Normalization>('path-normalization-matrix').filter(({ status }) => status !== 400);

  it.each(routed)('$request_target: $status $upstream_path', (one) => {
    const found = match(routes, { path: one.request_target });
    expect(found ? 200 : 404).toBe(one.status);
    const seen = found && upstreamPath(found);
    expect(seen?.path).toBe(one.upstream_path?.replace(/\?.*/, ''));
    expect(seen?.prefix ?? null).toBe(one.x_forwarded_prefix);
  });
});

interface Priority {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly route: string | null;
}

describe('the Route that wins, as recorded', () => {
  const path = { paths: ['/a'] };
  const routes: DeclaredRoute[] = [
    { name: 'a_short', ...path },
    { name: 'a_long', paths: ['/a/b'] },
    { name: 'rx_lo', paths: ['~/a/\\d+'], regex_priority: 0 },
    { name: 'rx_hi', paths: ['~/a/\\d\\d'], regex_priority: 5 },
    { name: 'host_only', hosts: ['h.test'] },
    { name: 'host_path', hosts: ['h.test'], ...path },
    { name: 'wild_host', hosts: ['*.w.test'], ...path },
    { name: 'wild_suffix', hosts: ['w.*'], ...path },
    { name: 'method_only', methods: ['DELETE'] },
    { name: 'hdr_path', ...path, headers: { 'x-r': ['one', 'two'] } },
    { name: 'hdr_regex', ...path, headers: { 'x-r': ['~*^re.*'] } },
    { name: 'method_path', paths: ['/a/b'], methods: ['PUT'] },
    { name: 'port_host', hosts: ['port.test:18000'], ...path },
  ];

  it.each(recorded<Priority>('route-priority-matrix'))(
    '$method $path $headers: $route',
    ({ method, path: asked, headers, route }) => {
      const { Host: host = '127.0.0.1:18000', ...others } = headers;
      const found = match(routes, { method, path: asked, host, headers: others, port: 18000 });
      expect(found?.route.name ?? null).toBe(route);
    },
  );
});
