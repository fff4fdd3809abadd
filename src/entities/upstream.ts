import { Entity } from './entity.js';
import { Flag, Integer, RecordOf, ReferenceTo, Text } from './field.js';
import { addressIn, cookieName, EntityBase, headerName, hostWithOptionalPort, pathOfUrl } from './field-types.js';
import { Healthchecks } from './healthchecks.js';
import { isSet, type RecordRule, Rule } from './record-rules.js';

const HASHES = ['none', 'consumer', 'ip', 'header', 'cookie', 'path', 'query_arg', 'uri_capture'];

function upstreamName(name: string): string | undefined {
  const refuse = (why: string) => `Invalid name ('${name}'); ${why}`;
  const address = addressIn(name);
  if ('problem' in address) return refuse('must be a valid hostname');
  if (address.kind !== 'name') return refuse('no ip addresses allowed');
  return address.port === undefined ? undefined : refuse('no port allowed');
}

/**
 * Which of the two is written decides the other: a hash the algorithm, an algorithm that does not hash the hash. Source: Kong
 * kong/db/schema/entities/upstreams.lua, shorthand_fields.
 */
function settleAlgorithm(written: Record<string, unknown>): undefined {
  if (written['algorithm'] === null) written['algorithm'] = 'round-robin';
  const { algorithm, hash_on } = written;
  if (algorithm === 'least-connections' || algorithm === 'latency' || hash_on === null) {
    written['hash_on'] = 'none';
  } else if (hash_on === 'none') {
    // Whoever asks for stickiness or for hashing by name is not talked out of it by the default of another field.
    written['algorithm'] ??= 'round-robin';
  } else if (typeof hash_on === 'string') {
    written['algorithm'] = 'consistent-hashing';
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

/** What may stand in for a hash, in the order Kong lists it. */
const FALLBACKS: Readonly<Record<string, readonly string[]>> = {
  none: ['none'],
  cookie: ['none'],
  consumer: ['none', 'ip', 'header', 'cookie', 'path', 'query_arg', 'uri_capture'],
  ip: ['none', 'consumer', 'header', 'cookie', 'path', 'query_arg', 'uri_capture'],
  path: ['none', 'consumer', 'header', 'cookie', 'query_arg', 'ip', 'uri_capture'],
};

const fallbackOf: RecordRule = ({ hash_on, hash_fallback }, report) => {
  const allowed = FALLBACKS[String(hash_on)] ?? HASHES;
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
  unfold: settleAlgorithm,
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
  @Text({ rule: headerName }) hash_on_header?: string;
  @Text({ rule: headerName }) hash_fallback_header?: string;
  @Text({ rule: cookieName }) hash_on_cookie?: string;
  @Text({ rule: pathOfUrl }) hash_on_cookie_path = '/';
  @Text() hash_on_query_arg?: string;
  @Text() hash_fallback_query_arg?: string;
  @Text() hash_on_uri_capture?: string;
  @Text() hash_fallback_uri_capture?: string;
  /** Places on the ring of consistent hashing. */
  @Integer({ between: [10, 65536] }) slots = 10000;
  @RecordOf(Healthchecks, { required: true }) healthchecks!: Healthchecks;
  /** Sent upstream as Host, unless the Route preserves the client's. */
  @Text({ rule: hostWithOptionalPort }) host_header?: string;
  @ReferenceTo('certificates') client_certificate?: { id: string };
  @Flag() use_srv_name = false;
  @Text() sticky_sessions_cookie?: string;
  @Text() sticky_sessions_cookie_path = '/';
}
