import { isIP } from 'node:net';
import { Entity } from './entity.js';
import { Flag, Integer, RecordOf, ReferenceTo, Text } from './field.js';
import { EntityBase, hostWithoutPort, routeHost } from './field-types.js';
import { Healthchecks } from './healthchecks.js';
import { isSet, type RecordRule, Rule } from './record-rules.js';

const HASHES = ['none', 'consumer', 'ip', 'header', 'cookie', 'path', 'query_arg', 'uri_capture'];

function upstreamName(name: string): string | undefined {
  const refuse = (why: string) => `Invalid name ('${name}'); ${why}`;
  if (isIP(name.replace(/^\[(.*)\]$/, '$1')) > 0) return refuse('no ip addresses allowed');
  const problem = hostWithoutPort(name);
  if (problem === undefined) return undefined;
  return refuse(problem === 'must not have a port' ? 'no port allowed' : 'must be a valid hostname');
}

/** A given `hash_on` decides the algorithm, and an algorithm that does not hash clears `hash_on` (Kong: upstreams.lua). */
function settleAlgorithm(given: Record<string, unknown>): void {
  if (given['algorithm'] === 'least-connections' || given['algorithm'] === 'latency') {
    given['hash_on'] = 'none';
  } else if (typeof given['hash_on'] === 'string') {
    if (given['hash_on'] === 'none') given['algorithm'] ??= 'round-robin';
    else given['algorithm'] = 'consistent-hashing';
  }
}

/** `hash_on: header` needs `hash_on_header`, and so on. */
const needs = (hash: 'hash_on' | 'hash_fallback', value: string, field: string): RecordRule => {
  return (upstream, report) => {
    if (upstream[hash] !== value || isSet(upstream[field])) return;
    report.field(field, 'required field missing');
    report.entity(`failed conditional validation given value of field '${hash}'`);
  };
};

const differ = (...fields: [string, string]): RecordRule => {
  return (upstream, report) => {
    const [first, second] = fields.map((field) => upstream[field]);
    if (!isSet(first) || first !== second) return;
    report.entity(`values of these fields must be distinct: ${fields.map((field) => `'${field}'`).join(', ')}`);
  };
};

const fallbackOf: RecordRule = ({ hash_on, hash_fallback }, report) => {
  const allowed =
    hash_on === 'none' || hash_on === 'cookie'
      ? ['none']
      : ['consumer', 'ip', 'path'].includes(String(hash_on))
        ? HASHES.filter((hash) => hash !== hash_on)
        : HASHES;
  if (typeof hash_fallback !== 'string' || allowed.includes(hash_fallback)) return;
  report.field('hash_fallback', `expected one of: ${allowed.join(', ')}`);
  report.entity("failed conditional validation given value of field 'hash_on'");
};

/** A virtual host name with Targets, an algorithm and health checks. Source: Kong kong/db/schema/entities/upstreams.lua. */
@Entity({
  name: 'upstreams',
  singular: 'upstream',
  nameKey: 'name',
  stableIdFrom: 'name',
  complete: settleAlgorithm,
})
@Rule(needs('hash_on', 'header', 'hash_on_header'))
@Rule(needs('hash_fallback', 'header', 'hash_fallback_header'))
@Rule(needs('hash_on', 'cookie', 'hash_on_cookie'))
@Rule(needs('hash_fallback', 'cookie', 'hash_on_cookie'))
@Rule(needs('hash_on', 'query_arg', 'hash_on_query_arg'))
@Rule(needs('hash_fallback', 'query_arg', 'hash_fallback_query_arg'))
@Rule(needs('hash_on', 'uri_capture', 'hash_on_uri_capture'))
@Rule(needs('hash_fallback', 'uri_capture', 'hash_fallback_uri_capture'))
@Rule(differ('hash_on_header', 'hash_fallback_header'))
@Rule(differ('hash_on_query_arg', 'hash_fallback_query_arg'))
@Rule(differ('hash_on_uri_capture', 'hash_fallback_uri_capture'))
@Rule(fallbackOf)
export class Upstream extends EntityBase {
  /** Services refer to it by writing this name as their `host`. */
  @Text({ required: true, rule: upstreamName }) name!: string;
  @Text({ oneOf: ['consistent-hashing', 'least-connections', 'round-robin', 'latency', 'sticky-sessions'] })
  algorithm = 'round-robin';
  @Text({ oneOf: HASHES }) hash_on = 'none';
  /** Asked when the request has nothing of what `hash_on` names. */
  @Text({ oneOf: HASHES }) hash_fallback = 'none';
  @Text() hash_on_header?: string;
  @Text() hash_fallback_header?: string;
  @Text() hash_on_cookie?: string;
  @Text({ rule: (path: string) => (path.startsWith('/') ? undefined : 'should start with: /') })
  hash_on_cookie_path = '/';
  @Text() hash_on_query_arg?: string;
  @Text() hash_fallback_query_arg?: string;
  @Text() hash_on_uri_capture?: string;
  @Text() hash_fallback_uri_capture?: string;
  /** Places on the ring of consistent hashing. */
  @Integer({ between: [10, 65536] }) slots = 10000;
  @RecordOf(Healthchecks, { required: true }) healthchecks!: Healthchecks;
  /** Sent upstream as Host, unless the Route preserves the client's. */
  @Text({ rule: routeHost }) host_header?: string;
  @ReferenceTo('certificates') client_certificate?: { id: string };
  @Flag() use_srv_name = false;
  @Text() sticky_sessions_cookie?: string;
  @Text() sticky_sessions_cookie_path = '/';
}
