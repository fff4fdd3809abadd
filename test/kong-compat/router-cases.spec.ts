import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { byteString } from '../../src/entities/byte-string.js';
import { RouteTable } from '../../src/routing/route-table.js';
import type { RouterRules } from '../../src/routing/router-rules.js';
import { upstreamHost } from '../../src/routing/upstream-host.js';
import { upstreamPath } from '../../src/routing/upstream-path.js';
import { type Asked, aRequest, type DeclaredRoute, entitiesOf } from './router-request.js';

interface Expectation {
  readonly route: string | null;
  readonly upstream_path?: string;
  readonly upstream_host?: string;
  readonly prefix?: string;
  /** 503: the Route has no Service. 400 and 405: refused before any Route is looked for. */
  readonly status?: number;
  readonly captures?: { readonly list?: (string | null)[]; readonly named?: Record<string, string | null> };
}

interface RouterCase {
  readonly id: string;
  readonly name: string;
  readonly routes: DeclaredRoute[];
  readonly request: Asked;
  readonly expect: Expectation;
  readonly expect_by_flavor?: Readonly<Record<string, Expectation>>;
}

const casesIn = (file: string): readonly RouterCase[] =>
  (JSON.parse(readFileSync(new URL(`./fixtures/${file}`, import.meta.url), 'utf8')) as { cases: RouterCase[] }).cases;

const cases = casesIn('router-cases.json');

const RULES: Readonly<Record<string, RouterRules>> = {
  traditional: { flavor: 'traditional' },
  traditional_compatible: { flavor: 'traditional_compatible' },
  traditional_compatible_strict: { flavor: 'traditional_compatible', strict: true },
};

/** What a client would see of the match, in the terms of the cases. */
function outcome({ routes: declared, request: asked }: RouterCase, rules: RouterRules): Expectation {
  const { routes, services } = entitiesOf(declared);
  const request = aRequest(asked);
  const match = RouteTable.compile(routes, services, rules).match(request);
  if (!match) return { route: null };
  const { route, service } = match;
  const { 0: _whole, ...groups } = match.uriCaptures ?? {};
  const captures = match.uriCaptures && { captures: groups };
  if (!service) return { route: route.name as string, status: 503, ...captures };
  const { path, prefix } = upstreamPath(match);
  return {
    route: route.name as string,
    upstream_path: request.query === undefined ? path : `${path}?${request.query}`,
    upstream_host: upstreamHost(route.preserve_host, request.host, service),
    ...(prefix !== undefined && { prefix }),
    ...captures,
  } as Expectation;
}

function expected({ route, status, prefix, captures, ...upstream }: Expectation): Expectation {
  if (route === null) return { route };
  const groups: Record<string, string> = {};
  captures?.list?.forEach((value, index) => {
    if (value !== null) groups[index + 1] = value;
  });
  for (const [name, value] of Object.entries(captures?.named ?? {})) if (value !== null) groups[name] = value;
  return {
    route,
    ...(status !== undefined ? { status } : upstream),
    ...(prefix !== undefined && { prefix: byteString(prefix) }),
    ...(captures && { captures: groups }),
  } as Expectation;
}

function judge(one: RouterCase, flavor: string): void {
  const seen = outcome(one, RULES[flavor] as RouterRules);
  const wanted = expected(one.expect);
  if (!wanted.captures) delete (seen as { captures?: unknown }).captures;
  expect(seen).toEqual(wanted);
}

describe.each(Object.keys(RULES))('as Kong routes in flavor %s', (flavor) => {
  const judged = cases
    .map((one) => ({ ...one, expect: one.expect_by_flavor?.[flavor] ?? one.expect }))
    .filter(({ expect: { status } }) => status === undefined || status === 503);

  it.each(judged)('$id $name', (one) => judge(one, flavor));
});

describe("as Kong's router for flavor traditional_compatible decides", () => {
  it.each(casesIn('router-cases-further.json'))('$id $name', (one) => judge(one, 'traditional_compatible'));
});
