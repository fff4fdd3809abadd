import { addressBlock } from './address-block.js';
import { Entity } from './entity.js';
import { Flag, Integer, ListOf, MapOf, ReferenceTo, SetOf, Text } from './field.js';
import { listOf, recordOf, text } from './field-schema.js';
import { EntityBase, headerName, NAME_RULE, PROTOCOL, routeHost, routePath, wildcardSniName } from './field-types.js';
import { AtLeastOneOf, isSet, quoted, Rule } from './record-rules.js';
import { expressionRule } from './route-expression-rule.js';

const HTTP = ['http', 'https'];
const GRPC = ['grpc', 'grpcs'];
const STREAM = ['tcp', 'tls', 'udp'];
const PASSTHROUGH = ['tls_passthrough'];
const GROUPS = [HTTP, STREAM, PASSTHROUGH, GRPC];

/**
 * Which attributes a Route may match on, by what is said of its protocols: the first of these that is true of it counts.
 * Source: Kong kong/db/schema/entities/routes_subschemas.lua.
 */
const MATCHED_ON: readonly [protocols: readonly string[], attributes: readonly string[], refusal: string][] = [
  [['https'], ['methods', 'hosts', 'headers', 'paths', 'snis'], "must set one of %s when 'protocols' is 'https'"],
  [['http'], ['methods', 'hosts', 'headers', 'paths'], "must set one of %s when 'protocols' is 'http'"],
  [['grpcs'], ['hosts', 'headers', 'paths', 'snis'], "must set one of %s when 'protocols' is 'grpcs'"],
  [['grpc'], ['hosts', 'headers', 'paths'], "must set one of %s when 'protocols' is 'grpc'"],
  [STREAM, ['sources', 'destinations', 'snis'], "must set one of %s when 'protocols' is 'tcp', 'tls' or 'udp'"],
  [PASSTHROUGH, ['snis'], "must set snis when 'protocols' is 'tls_passthrough'"],
];

/** An end of a connection. Stream Routes match on it. */
@AtLeastOneOf('ip', 'port')
class Endpoint {
  /** An IP address or a CIDR block. */
  @Text({ rule: addressBlock }) ip?: string;
  @Integer({ between: [0, 65535] }) port?: number;
}

/** The group of the first protocol: what kind of Route it is (Kong: the subschema). */
const groupOf = (protocols: unknown): readonly string[] | undefined =>
  Array.isArray(protocols) ? GROUPS.find((group) => group.includes(String(protocols[0]))) : undefined;

const KNOWN: readonly unknown[] = [...PROTOCOL.oneOf, ...PROTOCOL.unlisted];

/** A Route of which no protocol is known is of no kind, and Kong says no more of it. */
function someKnownProtocol(protocols: readonly unknown[]): string | undefined {
  const [first] = protocols;
  if (typeof first !== 'string' || protocols.some((protocol) => KNOWN.includes(protocol))) return undefined;
  return `unknown type: ${first}`;
}

/** Attributes that Routes of these protocols cannot have, and how Kong lists the protocols. */
const NOT_FOR: readonly [protocols: readonly string[], attributes: readonly string[], told: string][] = [
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
  const used = (protocols as string[] | undefined) ?? [];
  const first = groupOf(used);
  if (used.every((protocol) => first?.includes(protocol))) return;
  const groups = new Set(used.flatMap((protocol) => GROUPS.filter((group) => group.includes(protocol))));
  if (groups.size < 2) return;
  const sets = [...groups].map((group) => `(${quoted(group)})`).join(', ');
  report.field('protocols', `these sets are mutually exclusive: ${sets}`);
})
@Rule(({ snis, protocols }, report) => {
  if (!isSet(snis)) return;
  const secure = ['https', 'grpcs', 'tls', 'tls_passthrough'];
  if ((protocols as string[] | undefined)?.some((protocol) => secure.includes(protocol))) return;
  report.entity("'snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or 'tls_passthrough'");
  report.field('snis', 'length must be 0');
})
@Rule(expressionRule)
@Rule((route, report) => {
  if (isSet(route.expression)) return;
  const group = groupOf(route.protocols);
  const used = (route.protocols as string[] | undefined)?.filter((protocol) => group?.includes(protocol)) ?? [];
  const rule = MATCHED_ON.find(([protocols]) => protocols.some((protocol) => used.includes(protocol)));
  if (!rule) return;
  const [, attributes, refusal] = rule;
  if (attributes.some((name) => isSet(route[name]))) return;
  report.entity(refusal.replace('%s', quoted(attributes)));
})
@Rule((route, report) => {
  const group = groupOf(route.protocols);
  if (!group) return;
  for (const [protocols, attributes, told] of NOT_FOR) {
    if (!protocols.includes(group[0] as string)) continue;
    for (const name of attributes) {
      if (isSet(route[name])) report.field(name, `cannot set '${name}' when 'protocols' is ${told}`);
    }
  }
})
@Rule(({ protocols, strip_path }, report) => {
  if (isGrpc(protocols) && strip_path === true) {
    report.field('strip_path', "cannot set 'strip_path' when 'protocols' is 'grpc' or 'grpcs'");
  }
})
export class Route extends EntityBase {
  @Text({ rule: NAME_RULE }) name?: string;
  /** Kong 3.9's default; 3.14 takes https only (decisions: the core behaves as 3.9). */
  @SetOf(text(PROTOCOL), { required: true, minLength: 1, given: someKnownProtocol }) protocols = ['http', 'https'];
  @SetOf(text({ matches: [/^[A-Z]+$/, 'invalid value: %s'] })) methods?: string[];
  @ListOf(text({ rule: routeHost })) hosts?: string[];
  /** Prefixes (`/codex`) and regular expressions (`~/v\d+/`). */
  @ListOf(text({ rule: routePath })) paths?: string[];
  @MapOf(listOf(text()), {
    keys: text({
      rule: (name: string) =>
        name.toLowerCase() === 'host'
          ? "cannot contain 'host' header, which must be specified in the 'hosts' attribute"
          : headerName(name),
    }),
  })
  headers?: Record<string, string[]>;
  @SetOf(text({ rule: wildcardSniName })) snis?: string[];
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
