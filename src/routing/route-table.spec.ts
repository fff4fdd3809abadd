import { describe, expect, it } from '@jest/globals';
import { type Asked, aRequest, type DeclaredRoute, entitiesOf } from '../../test/kong-compat/router-request.js';
import { byteString } from '../entities/byte-string.js';
import { type RouteMatch, RouteTable } from './route-table.js';
import type { RouterRules } from './router-rules.js';

const COMPATIBLE: RouterRules = { flavor: 'traditional_compatible' };
const STRICT: RouterRules = { flavor: 'traditional_compatible', strict: true };
const TRADITIONAL: RouterRules = { flavor: 'traditional' };

function match(declared: readonly DeclaredRoute[], asked: Asked, rules = COMPATIBLE): RouteMatch | undefined {
  const { routes, services } = entitiesOf(declared);
  return RouteTable.compile(routes, services, rules).match(aRequest(asked));
}

const winner = (declared: readonly DeclaredRoute[], asked: Asked, rules = COMPATIBLE): string | undefined =>
  match(declared, asked, rules)?.route.name;

describe('a route table', () => {
  const service = { host: 'up.test' };

  it('leaves out Routes of a disabled Service', () => {
    expect(winner([{ name: 'r', paths: ['/'], service: { ...service, enabled: false } }], {})).toBeUndefined();
  });

  it('keeps Routes without a Service', () => {
    const found = match([{ name: 'r', paths: ['/'] }], {});
    expect(found?.route.name).toBe('r');
    expect(found?.service).toBeUndefined();
  });

  it('leaves out Routes for streams', () => {
    expect(winner([{ name: 'r', snis: ['a.test'], protocols: ['tls'] }], { scheme: 'http' })).toBeUndefined();
  });

  it('never finds a Route that asks nothing', () => {
    expect(winner([{ name: 'r' }], {})).toBeUndefined();
    expect(winner([{ name: 'r', paths: [], hosts: [], headers: {} }], {})).toBeUndefined();
  });

  it('finds nothing in nothing', () => {
    expect(match([], { host: 'a.test', path: '/a' })).toBeUndefined();
  });

  it('gives the Service beside the Route, and the path it was found by', () => {
    expect(match([{ name: 'r', paths: ['/a'], service }], { path: '/x/../a/b' })).toMatchObject({
      service: { host: 'up.test' },
      path: '/a/b',
      matchedPath: '/a',
      pathHandling: 'v0',
    });
  });

  it('knows no matched path where no path was asked for', () => {
    expect(match([{ name: 'r', methods: ['GET'] }], { path: '/a' })?.matchedPath).toBeUndefined();
  });

  it('gives way to path_handling v1 in flavor traditional only', () => {
    const routes: DeclaredRoute[] = [{ name: 'r', paths: ['/'], path_handling: 'v1' }];
    expect(match(routes, {})?.pathHandling).toBe('v0');
    expect(match(routes, {}, TRADITIONAL)?.pathHandling).toBe('v1');
  });

  it("takes the first of a Route's regular expressions that matches", () => {
    const routes: DeclaredRoute[] = [{ name: 'r', paths: ['~/a/(?<first>\\d)', '~/a/(?<second>\\d+)'] }];
    expect(match(routes, { path: '/a/12' })?.uriCaptures).toEqual({ 0: '/a/1', 1: '1', first: '1' });
  });

  it('captures nothing where nothing takes part', () => {
    expect(match([{ name: 'r', paths: ['~/a(x)?'] }], { path: '/a' })?.uriCaptures).toBeUndefined();
    expect(match([{ name: 'r', paths: ['~/a'] }], { path: '/a' })?.uriCaptures).toBeUndefined();
    expect(match([{ name: 'r', paths: ['/a'] }], { path: '/a' })?.uriCaptures).toBeUndefined();
  });

  it('sees characters in a path, and gives bytes of them', () => {
    const found = match([{ name: 'r', paths: ['~/(?<word>.{5})/'] }], { path: '/h%C3%A9llo/x' });
    expect(found?.uriCaptures).toEqual({
      0: byteString('/héllo/'),
      1: byteString('héllo'),
      word: byteString('héllo'),
    });
    expect(found?.matchedPath).toBe(byteString('/héllo/'));
  });

  it('finds prefixes that hold one another, and one that ends inside another', () => {
    const paths = ['/', '/a', '/ab', '/abc/d', '/abd', '/b'];
    const routes = paths.map((path) => ({ name: path, paths: [path] }));
    const asked = ['/', '/x', '/a', '/ab', '/abc', '/abc/d', '/abc/de', '/abd/', '/ac', '/b/c'];
    expect(asked.map((path) => winner(routes, { path }))).toEqual([
      '/',
      '/',
      '/a',
      '/ab',
      '/ab',
      '/abc/d',
      '/abc/d',
      '/abd',
      '/a',
      '/b',
    ]);
  });
});

describe('hosts', () => {
  const wild: DeclaredRoute[] = [
    { name: 'left', hosts: ['*.a.test'] },
    { name: 'right', hosts: ['b.*'] },
  ];

  it.each([
    ['x.a.test', 'left'],
    ['x.y.a.test', 'left'],
    ['x.a.test:8443', 'left'],
    ['a.test', undefined],
    ['X.A.test', undefined],
    ['b.test', 'right'],
    ['b.c.test:1', 'right'],
    ['b', undefined],
    ['', undefined],
  ])('with a wildcard: %j leads to %j', (host, name) => {
    expect(winner(wild, { host })).toBe(name);
    expect(winner(wild, { host }, TRADITIONAL)).toBe(name);
  });

  it.each([
    ['.a.test', 'left'],
    ['b.', 'right'],
  ])('with a wildcard that nothing stands for, %j, lead to %j, but to none in flavor traditional', (host, name) => {
    expect(winner(wild, { host })).toBe(name);
    expect(winner(wild, { host }, TRADITIONAL)).toBeUndefined();
  });

  it('are not looked for in a name longer than names can be', () => {
    const long = `${'x.'.repeat(200)}a.test`;
    expect(winner(wild, { host: long })).toBeUndefined();
    expect(winner([{ name: 'plain', hosts: ['a.test'] }], { host: long })).toBeUndefined();
  });

  it.each([
    ['a.test:8000', 'a.test:8000', 'any', 'any'],
    ['a.test:8000', 'a.test', 'any', undefined],
    ['a.test:80', 'a.test', undefined, undefined],
    ['a.test:9', 'a.test:8', undefined, undefined],
    ['*.test:8000', 'a.test', 'any', undefined],
    ['*.test:80', 'a.test', undefined, 'any'],
    ['*.test:80', 'a.test:80', 'any', 'any'],
    ['[::1]:8000', '[::1]:8000', 'any', 'any'],
    ['[::1]', '[::1]:8000', undefined, 'any'],
    ['::1', '[::1]', undefined, 'any'],
  ])(
    'of a Route, %s, and of a request, %s: %j in traditional_compatible, %j in traditional',
    (ours, theirs, compatible, traditional) => {
      const routes: DeclaredRoute[] = [{ name: 'any', hosts: [ours] }];
      expect(winner(routes, { host: theirs })).toBe(compatible);
      expect(winner(routes, { host: theirs }, TRADITIONAL)).toBe(traditional);
    },
  );

  it('with the port go before the same without', () => {
    const routes: DeclaredRoute[] = [
      { name: 'without', hosts: ['a.test'] },
      { name: 'with', hosts: ['a.test:8443'] },
    ];
    for (const rules of [COMPATIBLE, STRICT, TRADITIONAL]) {
      expect(winner(routes, { host: 'a.test:8443' }, rules)).toBe('with');
      expect(winner(routes, { host: 'a.test:8444' }, rules)).toBe('without');
    }
  });
});

describe('headers', () => {
  const asks = (values: string[]): DeclaredRoute[] => [{ name: 'r', headers: { 'X-Env': values } }];
  const sent = (...values: string[]): Asked => ({ headers: { 'x-env': values } });

  it('are compared without regard to case, any value with any', () => {
    expect(winner(asks(['Prod', 'dev']), sent('test', 'PROD'))).toBe('r');
    expect(winner(asks(['prod']), sent('prod, dev'))).toBeUndefined();
    expect(winner(asks(['prod']), {})).toBeUndefined();
  });

  it('must all be there', () => {
    const routes: DeclaredRoute[] = [{ name: 'r', headers: { a: ['1'], b: ['2'] } }];
    expect(winner(routes, { headers: { a: '1', b: '2' } })).toBe('r');
    expect(winner(routes, { headers: { a: '1' } })).toBeUndefined();
  });

  it('may be written with underscores', () => {
    expect(winner(asks(['prod']), { headers: { x_env: 'prod' } })).toBe('r');
    expect(winner([{ name: 'r', headers: { x_env: ['prod'] } }], sent('prod'))).toBe('r');
  });

  it('match a pattern anywhere in the value', () => {
    expect(winner(asks(['~*^v\\d+$']), sent('V12'))).toBe('r');
    expect(winner(asks(['~*o']), sent('Foo'))).toBe('r');
    expect(winner(asks(['~*^o']), sent('Foo'))).toBeUndefined();
  });

  it('take patterns among other values, in lower case, except in flavor traditional', () => {
    expect(winner(asks(['x', '~*\\D']), sent('5'))).toBe('r');
    expect(winner(asks(['x', '~*\\d']), sent('5'), TRADITIONAL)).toBeUndefined();
    expect(winner(asks(['~*\\D']), sent('5'), TRADITIONAL)).toBeUndefined();
  });
});

describe('snis', () => {
  const routes: DeclaredRoute[] = [
    { name: 'r', paths: ['/'], snis: ['a.test.', '*.b.test', 'c.*'] },
    { name: 'other', paths: ['/'] },
  ];

  it.each([
    ['a.test', 'r'],
    ['a.test.', 'r'],
    ['x.b.test', 'r'],
    ['b.test', 'other'],
    ['c.test', 'r'],
    ['c.', 'other'],
    [undefined, 'other'],
  ])('%j over https leads to %s', (sni, name) => {
    expect(winner(routes, { scheme: 'https', ...(sni !== undefined && { sni }), path: '/' }, STRICT)).toBe(name);
  });

  it('count as matched over http, which has none', () => {
    expect(winner([{ name: 'r', snis: ['a.test'], protocols: ['https'] }], { scheme: 'http' })).toBe('r');
  });

  it('keep an https-only Route from http where matching is strict', () => {
    const secure: DeclaredRoute[] = [{ name: 'r', snis: ['a.test'], protocols: ['https'] }];
    expect(winner(secure, { scheme: 'http' }, STRICT)).toBeUndefined();
    expect(winner([{ name: 'r', snis: ['a.test'] }], { scheme: 'http' }, STRICT)).toBe('r');
  });
});

describe('strangers', () => {
  const hostile: readonly (readonly [string, Asked])[] = [
    ['a long host of many labels', { host: 'a.'.repeat(8000), path: '/' }],
    ['a long path of many segments', { path: '/a'.repeat(8000) }],
    ['a path of nothing but dots', { path: '/../.'.repeat(4000) }],
    ['a path of nothing but percent signs', { path: '/%'.repeat(8000) }],
    ['a path that nearly matches again and again', { path: `/${'deep/'.repeat(3000)}` }],
  ];

  it.each(hostile)('cannot make a lookup slow with %s', (_, asked) => {
    const { routes } = entitiesOf([
      { name: 'wild', hosts: ['*.test', 'a.*'], paths: ['/'] },
      { name: 'regex', paths: ['~/(?:deep/)+end$'] },
      ...Array.from({ length: 100 }, (__, index) => ({ name: `p${index}`, paths: [`/${'deep/'.repeat(index + 1)}`] })),
    ]);
    const table = RouteTable.compile(routes, [], COMPATIBLE);
    const request = aRequest(asked);
    const started = performance.now();
    for (let lookup = 0; lookup < 20; lookup++) table.match(request);
    expect((performance.now() - started) / 20).toBeLessThan(20);
  });
});

describe('ten thousand Routes', () => {
  const declared = Array.from({ length: 10_000 }, (_, index) => ({
    name: `r${index}`,
    hosts: [`h${index % 100}.test`],
    paths: [index % 20 === 0 ? `~/service-${index}/(\\d+)$` : `/service-${index}`],
  }));
  const { routes } = entitiesOf(declared);

  it('are ready in less than a second', () => {
    const started = performance.now();
    RouteTable.compile(routes, [], COMPATIBLE);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('are each found', () => {
    const table = RouteTable.compile(routes, [], COMPATIBLE);
    const found = declared.map((_, index) => {
      return table.match(aRequest({ host: `h${index % 100}.test`, path: `/service-${index}/1` }))?.route.name;
    });
    // Shorter numbers are beginnings of longer ones, but the longer prefix goes first.
    expect(found).toEqual(declared.map(({ name }) => name));
  });
});
