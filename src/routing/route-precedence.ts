import { uuid5 } from '../config/stable-id.js';
import { byteString } from '../entities/byte-string.js';
import type { Route } from '../entities/route.js';
import { hostParts } from './host-header.js';
import type { RouterRules } from './router-rules.js';

/**
 * What competes for a request: a Route, or one part of it. Flavor `traditional` makes a contender of each path; the others
 * of all paths of one length, regular expressions together (kong/router/transform.lua).
 */
export interface Contender {
  readonly route: Route;
  readonly hosts: readonly string[];
  readonly paths: readonly string[];
  /** Compared first to last; the higher number goes first. */
  readonly precedence: readonly (number | bigint)[];
  /** Decides between equals: the higher goes first. `''`: the order of declaration does. */
  readonly tieBreaker: string;
}

/** The contenders of all Routes, who goes first first. A request belongs to the first that matches it. */
export function inOrderOfPrecedence(routes: readonly Route[], rules: RouterRules): Contender[] {
  return routes.flatMap((route) => contendersOf(route, rules)).sort(byPrecedence);
}

function byPrecedence(a: Contender, b: Contender): number {
  for (let index = 0; index < a.precedence.length; index++) {
    const ours = a.precedence[index] as number | bigint;
    const theirs = b.precedence[index] as number | bigint;
    if (ours !== theirs) return ours > theirs ? -1 : 1;
  }
  if (a.tieBreaker === b.tieBreaker) return 0;
  return a.tieBreaker > b.tieBreaker ? -1 : 1;
}

function contendersOf(route: Route, rules: RouterRules): Contender[] {
  const pathGroups = groupsOfPaths(route, rules);
  const byAttributes = rules.flavor === 'traditional' ? traditional : rules.strict ? documented : shipped;
  return pathGroups.flatMap((paths, index) => {
    const precedence = isExpression(route) ? [1, route.priority ?? 0] : [0, ...byAttributes(route, paths)];
    const tieBreaker = rules.flavor === 'traditional' ? '' : higherId(route, pathGroups.length, index + 1);
    return groupsOfHosts(route, rules).map(({ hosts, withPort }) => ({
      route,
      hosts,
      paths,
      // Between equals a host with its port says more than one without, and the older Route goes before the newer.
      precedence: [...precedence, withPort ? 1 : 0, -(route.created_at ?? 0)],
      tieBreaker,
    }));
  });
}

/**
 * Kong lets the higher id win. Ids of named Routes are the same there and here, in every load; without a name they are not,
 * and the order of declaration is what a user can rely on.
 */
function higherId({ id, name }: Route, parts: number, position: number): string {
  if (name === undefined || name === null) return '';
  return parts === 1 ? id : uuid5(PARTS, `${id}#${position}`);
}

/** Kong's namespace for the ids of a Route's parts. */
const PARTS = '7f145bf9-0dce-4f91-98eb-debbce4b9f6b';

export const isExpression = (route: Route): route is Route & { expression: string } =>
  route.expression !== undefined && route.expression !== null;

const isRegex = (path: string): boolean => path.startsWith('~');
const NO_ENTRIES: readonly string[] = [];

function groupsOfHosts(route: Route, { flavor }: RouterRules): { hosts: readonly string[]; withPort: boolean }[] {
  const hosts = isExpression(route) ? NO_ENTRIES : (route.hosts ?? NO_ENTRIES);
  const hasPort = (host: string) => hostParts(host, flavor).port !== undefined;
  const withPort = hosts.filter(hasPort);
  if (withPort.length === 0) return [{ hosts, withPort: false }];
  if (withPort.length === hosts.length) return [{ hosts, withPort: true }];
  const others = hosts.filter((host) => !hasPort(host));
  return [
    { hosts: withPort, withPort: true },
    { hosts: others, withPort: false },
  ];
}

function groupsOfPaths(route: Route, { flavor }: RouterRules): (readonly string[])[] {
  const paths = isExpression(route) ? NO_ENTRIES : (route.paths ?? NO_ENTRIES);
  if (paths.length < 2) return [paths];
  return flavor === 'traditional' ? paths.map((path) => [path]) : groupedByLength(paths);
}

function groupedByLength(paths: readonly string[]): string[][] {
  const groups = new Map<number, string[]>();
  for (const path of paths) {
    const length = isRegex(path) ? 0 : byteString(path).length;
    const group = groups.get(length);
    if (group) group.push(path);
    else groups.set(length, [path]);
  }
  return [...groups.values()];
}

/** What of a Route counts, by attribute. */
interface Attributes {
  readonly hosts: boolean;
  /** Also of a list without hosts (kong/router/transform.lua, get_priority). */
  readonly plainHostsOnly: boolean;
  readonly wildcardHostWithPort: boolean;
  /** How many headers. */
  readonly headers: number;
  readonly paths: boolean;
  readonly regex: boolean;
  /** Bytes of a prefix; 0 for regular expressions. */
  readonly prefixLength: number;
  readonly methods: boolean;
  readonly snis: boolean;
}

function attributesOf({ hosts, headers, methods, snis }: Route, [path]: readonly string[]): Attributes {
  const regex = path !== undefined && isRegex(path);
  const isWildcard = (host: string) => host.includes('*');
  return {
    hosts: Boolean(hosts?.length),
    plainHostsOnly: hosts ? !hosts.some(isWildcard) : false,
    wildcardHostWithPort:
      hosts?.some((host) => isWildcard(host) && hostParts(host, 'traditional').port !== undefined) ?? false,
    headers: Object.keys(headers ?? {}).length,
    paths: path !== undefined,
    regex,
    prefixLength: path === undefined || regex ? 0 : byteString(path).length,
    methods: Boolean(methods?.length),
    snis: Boolean(snis?.length),
  };
}

const countOf = ({ hosts, headers, paths, methods, snis }: Attributes): number =>
  Number(hosts) + Number(headers > 0) + Number(paths) + Number(methods) + Number(snis);

/** kong/router/traditional.lua: sort_categories, sort_routes. */
function traditional(route: Route, paths: readonly string[]): number[] {
  const of = attributesOf(route, paths);
  const { hosts, headers, methods, snis, regex } = of;
  const which =
    Number(hosts) * 16 + Number(headers > 0) * 8 + Number(of.paths) * 4 + Number(methods) * 2 + Number(snis);
  const flags = Number(of.wildcardHostWithPort) * 4 + Number(of.plainHostsOnly) * 2 + Number(regex);
  const regexPriority = regex ? route.regex_priority : 0;
  return [countOf(of), which, flags, headers, regexPriority, of.prefixLength];
}

/** The order Kong documents: `route_match_calculation = strict`. */
function documented(route: Route, paths: readonly string[]): number[] {
  const of = attributesOf(route, paths);
  const headers = Math.min(of.headers, MOST_HEADERS);
  const regexPriority = of.regex ? route.regex_priority : 0;
  return [countOf(of), Number(of.plainHostsOnly), headers, Number(of.regex), regexPriority, of.prefixLength];
}

const MOST_HEADERS = 255;
const PLAIN_HOSTS = 1n << 60n;
const REGEX = 1n << 51n;

/**
 * The order every Kong has shipped with: one number of 64 bits, of which the counts were meant to be shifted by 61, 52 and 19
 * places, but are shifted in 32 bits, that is by 29, 20 and 19, and keep their sign when widened. Files have been written
 * against it, so it is kept to the bit.
 */
function shipped(route: Route, paths: readonly string[]): bigint[] {
  const of = attributesOf(route, paths);
  const counts =
    (countOf(of) << 29) |
    (Math.min(of.headers, MOST_HEADERS) << 20) |
    (of.regex ? route.regex_priority << 19 : 0) |
    (of.prefixLength & 0x7ffff);
  const flags = (of.plainHostsOnly ? PLAIN_HOSTS : 0n) | (of.regex ? REGEX : 0n);
  return [BigInt.asUintN(64, BigInt(counts)) | flags];
}
