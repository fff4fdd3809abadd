import { describe, expect, it } from '@jest/globals';
import { type DeclaredRoute, entitiesOf } from '../../test/kong-compat/router-request.js';
import { inOrderOfPrecedence } from './route-precedence.js';
import type { RouterRules } from './router-rules.js';

const SHIPPED: RouterRules = { flavor: 'traditional_compatible' };
const DOCUMENTED: RouterRules = { flavor: 'traditional_compatible', strict: true };
const TRADITIONAL: RouterRules = { flavor: 'traditional' };

const order = (declared: readonly DeclaredRoute[], rules: RouterRules): string[] =>
  inOrderOfPrecedence(entitiesOf(declared).routes, rules).map(({ route, paths }) => `${route.name}${paths.join(' ')}`);

const headers = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`x-${n}`, ['v']]));

describe('who goes first, as Kong has always shipped it', () => {
  it.each<[string, DeclaredRoute[]]>([
    [
      'plain hosts before everything with up to three attributes',
      [
        { name: 'host', hosts: ['a'] },
        { name: 'three', paths: ['~/a'], methods: ['GET'], headers: headers(1) },
      ],
    ],
    [
      'a regex before more attributes',
      [
        { name: 'regex', paths: ['~/a'] },
        { name: 'three', paths: ['/a'], methods: ['GET'], headers: headers(1) },
      ],
    ],
    [
      'four attributes before everything',
      [
        { name: 'four', hosts: ['*.a'], paths: ['/a'], methods: ['GET'], headers: headers(1) },
        { name: 'three', hosts: ['a'], paths: ['~/a'], methods: ['GET'] },
      ],
    ],
    [
      'a negative regex_priority before everything',
      [
        { name: 'negative', paths: ['~/a'], regex_priority: -1 },
        { name: 'plain', hosts: ['a'], paths: ['~/a'], regex_priority: 9 },
      ],
    ],
    [
      'more headers before fewer, then longer prefixes',
      [
        { name: 'two', paths: ['/a'], headers: headers(2) },
        { name: 'long', paths: ['/aa'], headers: headers(1) },
        { name: 'short', paths: ['/a'], headers: headers(1) },
      ],
    ],
    [
      'regexes by regex_priority, never by length',
      [
        { name: 'high', paths: ['~/a'], regex_priority: 2 },
        { name: 'low', paths: ['~/aaaaaaa'], regex_priority: 1 },
      ],
    ],
  ])('%s', (_, declared) => {
    const expected = declared.map(({ name, paths = [] }) => `${name}${paths.join(' ')}`);
    expect(order(declared, SHIPPED)).toEqual(expected);
    expect(order(declared.toReversed(), SHIPPED)).toEqual(expected);
  });
});

describe('who goes first, as documented', () => {
  const declared: DeclaredRoute[] = [
    { name: 'three', paths: ['/a'], methods: ['GET'], headers: headers(1) },
    { name: 'plain', hosts: ['a'], paths: ['/'] },
    { name: 'headers', paths: ['/a'], headers: headers(2) },
    { name: 'regex', paths: ['~/a'], headers: headers(1), regex_priority: 1 },
    { name: 'later', paths: ['~/a'], headers: headers(1), regex_priority: -1 },
    { name: 'wild', hosts: ['*.a'], paths: ['/aaaa'] },
    { name: 'short', paths: ['/a'], methods: ['GET'] },
  ];
  const expected = ['three/a', 'plain/', 'headers/a', 'regex~/a', 'later~/a', 'wild/aaaa', 'short/a'];

  it('more attributes, plain hosts, more headers, regex, regex_priority, longer prefix', () => {
    expect(order(declared, DOCUMENTED)).toEqual(expected);
    expect(order(declared.toReversed(), DOCUMENTED)).toEqual(expected);
  });
});

describe('who goes first in flavor traditional', () => {
  it('more attributes, then hosts, headers, paths, methods, snis by weight, then wildcards with port, plain hosts, regexes', () => {
    const declared: DeclaredRoute[] = [
      { name: 'three', paths: ['/'], methods: ['GET'], snis: ['s'] },
      { name: 'wild-port', hosts: ['*.a:80'], paths: ['/'] },
      { name: 'plain-regex', hosts: ['a'], paths: ['~/'] },
      { name: 'plain', hosts: ['a'], paths: ['/'] },
      { name: 'wild-regex', hosts: ['*.a'], paths: ['~/'] },
      { name: 'wild', hosts: ['*.a'], paths: ['/long'] },
      { name: 'host-sni', hosts: ['a'], snis: ['s'] },
      { name: 'header-path', headers: headers(9), paths: ['/very/long'] },
      { name: 'method', methods: ['GET'] },
      { name: 'sni', snis: ['s'] },
    ];
    const expected = declared.map(({ name, paths = [] }) => `${name}${paths.join(' ')}`);
    expect(order(declared, TRADITIONAL)).toEqual(expected);
    expect(order(declared.toReversed(), TRADITIONAL)).toEqual(expected);
  });
});

describe('the parts of a Route', () => {
  const declared: DeclaredRoute[] = [{ name: 'r', paths: ['/a', '~/x', '/bb', '/c', '~/y', '/é'] }];

  it('are its paths by length in bytes, regular expressions together', () => {
    expect(order(declared, SHIPPED)).toEqual(['r~/x ~/y', 'r/bb /é', 'r/a /c']);
  });

  it('are its single paths in flavor traditional', () => {
    expect(order(declared, TRADITIONAL)).toHaveLength(6);
  });
});

describe('between equals', () => {
  it('the older goes first', () => {
    const declared: DeclaredRoute[] = [
      { name: 'newer', paths: ['~/x/\\d+'], created_at: 200 },
      { name: 'older', paths: ['~/x/[0-9]+'], created_at: 100 },
    ];
    for (const rules of [SHIPPED, DOCUMENTED, TRADITIONAL]) expect(order(declared, rules)[0]).toBe('older~/x/[0-9]+');
  });

  it('named Routes go by id in any order of declaration, as they do in Kong', () => {
    const declared = ['one', 'two', 'three', 'four'].map((name) => ({ name, paths: ['/a'] }));
    const once = order(declared, SHIPPED);
    expect(order(declared.toReversed(), SHIPPED)).toEqual(once);
    const ids = inOrderOfPrecedence(entitiesOf(declared).routes, SHIPPED).map(({ route }) => route.id);
    expect(ids).toEqual(ids.toSorted().toReversed());
  });

  it('Routes without a name go in the order of declaration', () => {
    const { routes } = entitiesOf(['one', 'two', 'three'].map((name) => ({ name, paths: ['/a'] })));
    const ids = routes.map(({ id }) => id);
    for (const route of routes) delete route.name;
    expect(inOrderOfPrecedence(routes, SHIPPED).map(({ route }) => route.id)).toEqual(ids);
  });
});
