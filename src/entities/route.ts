import { addressBlock } from './address-block.js';
import { Entity } from './entity.js';
import { Flag, Integer, ListOf, MapOf, ReferenceTo, SetOf, Text } from './field.js';
import { listOf, recordOf, text } from './field-schema.js';
import { EntityBase, NAME_RULE, routeHost, routePath, sniName } from './field-types.js';
import { AtLeastOneOf, isSet, Rule } from './record-rules.js';
import { expressionRule } from './route-expression-rule.js';

const HTTP = ['http', 'https'];
const GRPC = ['grpc', 'grpcs'];
const STREAM = ['tcp', 'tls', 'udp'];
const PASSTHROUGH = ['tls_passthrough'];
const GROUPS = [HTTP, STREAM, PASSTHROUGH, GRPC];
export const ROUTE_PROTOCOLS = ['grpc', 'grpcs', 'http', 'https', 'tcp', 'tls', 'tls_passthrough', 'udp', 'ws', 'wss'];

/** Which attributes a Route of these protocols may match on, and how Kong lists them. */
const MATCHED_ON: Record<string, readonly string[]> = {
  http: ['methods', 'hosts', 'headers', 'paths'],
  https: ['methods', 'hosts', 'headers', 'paths', 'snis'],
  grpc: ['hosts', 'headers', 'paths'],
  grpcs: ['hosts', 'headers', 'paths', 'snis'],
  tcp: ['sources', 'destinations', 'snis'],
  tls: ['sources', 'destinations', 'snis'],
  tls_passthrough: ['sources', 'destinations', 'snis'],
  udp: ['sources', 'destinations'],
};

/** An end of a connection. Stream Routes match on it. */
@AtLeastOneOf('ip', 'port')
class Endpoint {
  /** An IP address or a CIDR block. */
  @Text({ rule: addressBlock }) ip?: string;
  @Integer({ between: [0, 65535] }) port?: number;
}

/** Attributes that Routes of these protocols cannot have, and how Kong lists the protocols. */
const NOT_FOR: readonly [protocols: readonly string[], attributes: readonly string[], listed: string][] = [
  [HTTP, ['sources', 'destinations'], "'http' or 'https'"],
  [GRPC, ['sources', 'destinations', 'methods'], "'grpc' or 'grpcs'"],
  [[...STREAM, ...PASSTHROUGH], ['methods', 'hosts', 'paths', 'headers'], "'tcp', 'tls', 'tls_passthrough' or 'udp'"],
];

const isGrpc = (protocols: unknown): boolean =>
  Array.isArray(protocols) && protocols.some((protocol) => GRPC.includes(String(protocol)));

/** Rules that match a client request and lead it to a Service. Source: Kong kong/db/schema/entities/routes.lua. */
@Entity({
  name: 'routes',
  singular: 'route',
  nameKey: 'name',
  stableIdFrom: 'name',
  complete: (given) => {
    // The path of gRPC names what is called: nothing is ever stripped off it.
    if (given['strip_path'] === undefined && isGrpc(given['protocols'])) given['strip_path'] = false;
  },
})
@Rule(({ protocols }, report) => {
  const used = new Set(protocols as string[]);
  const groups = GROUPS.filter((group) => group.some((protocol) => used.has(protocol)));
  if (groups.length < 2) return;
  const sets = GROUPS.map((group) => `(${group.map((protocol) => `'${protocol}'`).join(', ')})`).join(', ');
  report.field('protocols', `these sets are mutually exclusive: ${sets}`);
})
@Rule((route, report) => {
  if (isSet(route.expression)) return;
  const protocols = (route.protocols as string[] | undefined) ?? [];
  const protocol = [...protocols]
    .sort()
    .reverse()
    .find((name) => MATCHED_ON[name]);
  if (!protocol) return;
  const attributes = MATCHED_ON[protocol] as readonly string[];
  if (attributes.some((name) => isSet(route[name]))) return;
  const listed = attributes.map((name) => `'${name}'`).join(', ');
  report.entity(`must set one of ${listed} when 'protocols' is '${protocol}'`);
})
@Rule((route, report) => {
  const used = (route.protocols as string[] | undefined) ?? [];
  for (const [protocols, attributes, listed] of NOT_FOR) {
    if (!used.some((protocol) => protocols.includes(protocol))) continue;
    for (const name of attributes) {
      if (isSet(route[name])) report.field(name, `cannot set '${name}' when 'protocols' is ${listed}`);
    }
  }
})
@Rule(expressionRule)
@Rule(({ snis, protocols }, report) => {
  if (!isSet(snis)) return;
  const secure = ['https', 'grpcs', 'tls', 'tls_passthrough'];
  if ((protocols as string[] | undefined)?.some((protocol) => secure.includes(protocol))) return;
  report.field('snis', "'snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or 'tls_passthrough'");
})
@Rule(({ protocols, strip_path }, report) => {
  if (isGrpc(protocols) && strip_path === true) {
    report.field('strip_path', "cannot set 'strip_path' when 'protocols' is 'grpc' or 'grpcs'");
  }
})
export class Route extends EntityBase {
  @Text({ rule: NAME_RULE }) name?: string;
  /** Kong 3.9's default; 3.14 takes https only (decisions: the core behaves as 3.9). */
  @SetOf(text({ oneOf: ROUTE_PROTOCOLS }), { required: true, minLength: 1 }) protocols = ['http', 'https'];
  @SetOf(text({ matches: [/^[A-Z]+$/, 'invalid value: %s'] })) methods?: string[];
  @ListOf(text({ rule: routeHost })) hosts?: string[];
  /** Prefixes (`/codex`) and regular expressions (`~/v\d+/`). */
  @ListOf(text({ rule: routePath })) paths?: string[];
  @MapOf(listOf(text()), {
    keys: text({
      rule: (name: string) =>
        name.toLowerCase() === 'host'
          ? "cannot contain 'host' header, which must be specified in the 'hosts' attribute"
          : undefined,
    }),
  })
  headers?: Record<string, string[]>;
  @SetOf(text({ rule: sniName })) snis?: string[];
  /** Stream Routes only: where connections come from, and where they go. */
  @SetOf(recordOf(Endpoint)) sources?: Endpoint[];
  @SetOf(recordOf(Endpoint)) destinations?: Endpoint[];
  @Integer({ required: true, oneOf: [426, 301, 302, 307, 308] }) https_redirect_status_code = 426;
  /** Which of two matching regex paths wins; higher first. */
  @Integer() regex_priority = 0;
  /** Whether the part of the path that matched is taken off before proxying. */
  @Flag({ required: true }) strip_path = true;
  @Text({ oneOf: ['v0', 'v1'] }) path_handling = 'v0';
  /** Whether the client's Host goes upstream. */
  @Flag({ required: true }) preserve_host = false;
  @Flag({ required: true }) request_buffering = true;
  @Flag({ required: true }) response_buffering = true;
  @ReferenceTo('services') service?: { id: string };
  /** Router flavor `expressions` only. */
  @Text() expression?: string;
  /** Router flavor `expressions` only: 0 … 2^46-1, higher first. */
  @Integer({ between: [0, 2 ** 46 - 1] }) priority?: number;
}
