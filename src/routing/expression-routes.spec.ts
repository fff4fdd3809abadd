import { describe, expect, it } from '@jest/globals';
import { type Asked, aRequest, type DeclaredRoute, entitiesOf } from '../../test/kong-compat/router-request.js';
import { byteString } from '../entities/byte-string.js';
import { type RouteMatch, RouteTable } from './route-table.js';
import { upstreamPath } from './upstream-path.js';

function match(declared: readonly DeclaredRoute[], asked: Asked): RouteMatch | undefined {
  const { routes, services } = entitiesOf(declared);
  return RouteTable.compile(routes, services, { flavor: 'expressions' }).match(aRequest(asked));
}

const winner = (declared: readonly DeclaredRoute[], asked: Asked): string | undefined =>
  match(declared, asked)?.route.name;
const holds = (expression: string, asked: Asked): boolean => winner([{ name: 'r', expression }], asked) === 'r';

describe('an expression', () => {
  const CASES: readonly (readonly [string, Asked, boolean])[] = [
    ['http.method == "GET"', { method: 'GET' }, true],
    ['http.method != "GET"', { method: 'GET' }, false],
    ['http.host == "a.test"', { host: 'a.test:8000' }, true],
    ['http.host == "a.test"', { host: 'A.test' }, false],
    ['lower(http.host) == "a.test"', { host: 'A.test' }, true],
    ['http.host != "a.test"', { host: '' }, false],
    ['http.host =^ ".a.test"', { host: 'x.a.test' }, true],
    ['http.host contains "admin"', { host: 'my-admin.test' }, true],
    ['http.path == "/a"', { path: '/a/../a' }, true],
    ['http.path == "/a"', { path: '/ab' }, false],
    ['http.path ^= "/a"', { path: '/ab?c' }, true],
    ['http.path =^ ".json"', { path: '/a.json' }, true],
    ['http.path ~ "b+$"', { path: '/abb' }, true],
    ['http.path ~ "^b"', { path: '/b' }, false],
    ['http.path ~ "^/a|/b"', { path: '/x/b' }, true],
    ['http.path == "/héllo"', { path: '/h%C3%A9llo' }, true],
    ['lower(http.path) ^= "/É".'.slice(0, -1), { path: '/É' }, false],
    ['lower(http.path) ^= "/é"', { path: '/É' }, true],
    ['http.path.segments.0 == "api"', { path: '/api/v1' }, true],
    ['http.path.segments.1_2 == "b/c"', { path: '/a/b/c/d' }, true],
    ['http.path.segments.1_2 == "b/c"', { path: '/a/b' }, false],
    ['http.path.segments.2 != "x"', { path: '/a/b/' }, false],
    ['http.path.segments.len == 2', { path: '/a/b/' }, true],
    ['http.path.segments.len == 0', { path: '/' }, true],
    ['http.headers.x_env == "prod"', { headers: { 'x-env': 'prod' } }, true],
    ['http.headers.x_env == "prod"', { headers: { x_env: 'prod' } }, true],
    ['http.headers.x_env == "prod"', { headers: { x_env: 'prod', 'x-env': 'dev' } }, true],
    ['http.headers.X_Env == "prod"', { headers: { 'x-env': 'prod' } }, true],
    ['http.headers.X_Env == "prod"', { headers: { x_env: 'prod' } }, false],
    ['http.headers.x_env == "prod"', { headers: { 'x-env': ['prod', 'dev'] } }, false],
    ['any(http.headers.x_env) == "prod"', { headers: { 'x-env': ['dev', 'prod'] } }, true],
    ['any(lower(http.headers.x_env)) == "prod"', { headers: { 'x-env': ['dev', 'PROD'] } }, true],
    ['http.headers.x_env != "prod"', {}, false],
    ['!(http.headers.x_env == "prod")', {}, true],
    ['http.queries.q == "a b"', { path: '/?q=a+b' }, true],
    ['http.queries.q == "a/é"', { path: '/?q=a%2F%C3%A9' }, true],
    ['http.queries.q == ""', { path: '/?q' }, true],
    ['any(http.queries.q) == "2"', { path: '/?q=1&q=2' }, true],
    ['http.queries.q == "2"', { path: '/?q=1&q=2' }, false],
    ['http.queries.constructor == "x"', { path: '/' }, false],
    ['net.protocol == "https"', { scheme: 'https' }, true],
    ['tls.sni == "a.test"', { scheme: 'https', sni: 'a.test' }, true],
    ['tls.sni != "a.test"', { scheme: 'http' }, false],
    ['net.src.ip in 10.0.0.0/8', { clientIp: '10.1.2.3' }, true],
    ['net.src.ip not in 10.0.0.0/8', { clientIp: '10.1.2.3' }, false],
    ['net.src.ip not in 10.0.0.0/8', { clientIp: 'fd00::1' }, true],
    ['net.src.ip in ::/0', { clientIp: '10.1.2.3' }, false],
    ['net.src.ip == fd00::1', { clientIp: 'fd00:0::1' }, true],
    ['net.src.ip != 10.0.0.1', { clientIp: '10.0.0.1' }, false],
    ['net.dst.ip == 10.0.0.9', { serverIp: '10.0.0.9' }, true],
    ['net.dst.ip != 10.0.0.9', {}, false],
    ['net.src.port >= 50000', { clientPort: 50000 }, true],
    ['net.dst.port == 8000', { host: 'a.test' }, true],
    ['net.dst.port == 9000', { host: 'a.test:9000' }, true],
    ['net.port == 8000', {}, true],
    ['http.method == "A" && http.method == "B" || http.method == "A"', { method: 'A' }, true],
    ['(http.method == "B" && http.method == "A") || http.path == "/"', { method: 'A' }, true],
    ['http.method == "GET" || http.path == "/a"', { path: '/%FF' }, false],
    ['http.method == "GET" || http.path.segments.0 == "a"', { path: '/a/%FF' }, true],
    ['http.method == "GET" || http.queries.q == "a"', { path: '/?q=%FF' }, false],
    ['http.method == "GET" || http.headers.x_env == "a"', { headers: { 'x-env': '\xff' } }, false],
    ['http.path ~ "^/\\\\w+$"', { path: '/jos%C3%A9' }, true],
    ['http.host == "a.test" || http.path ^= "/b"', { host: 'x', path: '/b' }, true],
    [
      '(http.host == "a.test" || http.host == "b.test") && (http.path ^= "/x" || http.path ^= "/y")',
      { host: 'b.test', path: '/yz' },
      true,
    ],
  ];

  it.each(CASES)('%s on %j: %j', (expression, asked, expected) => {
    expect(holds(expression, asked)).toBe(expected);
  });
});

describe('Routes by expression', () => {
  it('go by priority, not by what they ask', () => {
    const routes: DeclaredRoute[] = [
      { name: 'low', expression: 'http.path == "/a" && http.host == "a.test"', priority: 1 },
      { name: 'high', expression: 'http.path ^= "/"', priority: 2 },
    ];
    expect(winner(routes, { path: '/a', host: 'a.test' })).toBe('high');
  });

  it('go before every Route by attributes', () => {
    const routes: DeclaredRoute[] = [
      { name: 'attributes', hosts: ['a.test'], paths: ['/a'], methods: ['GET'], headers: { 'x-a': ['1'] } },
      { name: 'expression', expression: 'http.path ^= "/a"', priority: 0 },
    ];
    expect(winner(routes, { host: 'a.test', path: '/a', headers: { 'x-a': '1' } })).toBe('expression');
    expect(winner(routes.slice(0, 1), { host: 'a.test', path: '/a', headers: { 'x-a': '1' } })).toBe('attributes');
  });

  it('are found only over their protocols, save https, which http may be redirected to', () => {
    const route = (protocols: string[]): DeclaredRoute[] => [{ name: 'r', expression: 'http.path ^= "/"', protocols }];
    expect(winner(route(['http']), { scheme: 'https' })).toBeUndefined();
    expect(winner(route(['http']), { scheme: 'http' })).toBe('r');
    expect(winner(route(['https']), { scheme: 'http' })).toBe('r');
    expect(winner(route(['grpcs']), { scheme: 'http' })).toBeUndefined();
    expect(winner([{ name: 'r', paths: ['/'], protocols: ['http'] }], { scheme: 'https' })).toBeUndefined();
  });

  it.each([
    ['http.path ^= "/api"', '/api/x', '/x', '/api'],
    ['!(!(http.path ^= "/api"))', '/api/x', '/x', '/api'],
    ['http.path == "/api"', '/api', '/', '/api'],
    ['http.path ~ "^/v\\\\d+"', '/v12/x', '/x', '/v12'],
    ['http.path ~ "x$"', '/api/x', '/api/x', undefined],
    ['http.method == "GET"', '/api/x', '/api/x', undefined],
    ['http.path ^= "/é"', '/%C3%A9/x', '/x', byteString('/é')],
  ])('strip what %s matched of %s', (expression, path, upstream, prefix) => {
    const found = match([{ name: 'r', expression, service: { host: 'up.test' } }], { path }) as RouteMatch;
    expect(upstreamPath(found)).toEqual({ path: upstream, prefix });
  });

  it('give what their regular expressions captured', () => {
    const expression = 'http.path ~ r#"^/users/(?<id>\\d+)/(\\w+)?"# && http.headers.x_v ~ r#"^(?<version>v\\d)"#';
    const found = match([{ name: 'r', expression }], { path: '/users/7/', headers: { 'x-v': 'v3' } });
    expect(found?.uriCaptures).toEqual({ 0: 'v3', 1: 'v3', id: '7', version: 'v3' });
  });

  it('that cannot be read are refused by name', () => {
    const { routes } = entitiesOf([{ name: 'broken', expression: 'http.path ==' }]);
    expect(() => RouteTable.compile(routes, [], { flavor: 'expressions' })).toThrow(
      /^Route 'broken' has an expression that cannot be read:\n --> 1:13/,
    );
  });

  it('are found among thousands as fast as among few', () => {
    const declared = Array.from({ length: 5000 }, (_, index) => ({
      name: `r${index}`,
      expression: `http.host == "h${index}.test" && http.path ^= "/a"`,
    }));
    const { routes } = entitiesOf(declared);
    const table = RouteTable.compile(routes, [], { flavor: 'expressions' });
    const request = aRequest({ host: 'h4999.test', path: '/a/b' });
    const started = performance.now();
    for (let lookup = 0; lookup < 1000; lookup++) expect(table.match(request)?.route.name).toBe('r4999');
    // One look at each of the Routes would be five million comparisons.
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
