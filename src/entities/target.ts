import { Entity } from './entity.js';
import { Decimal, Flag, Integer, ReferenceTo, Text } from './field.js';
import { addressIn, EntityBase, pointInTime } from './field-types.js';
import { hostInUrl } from './host.js';

/** Kong's port for a target that names none. */
const DEFAULT_PORT = 8000;

/** A target's host (IPv6 without brackets) and port; `undefined` when it is neither a name nor an address. */
export function targetAddress(target: string): { host: string; port: number } | undefined {
  const address = addressIn(target);
  if ('problem' in address) return undefined;
  const { kind, host, port = DEFAULT_PORT } = address;
  // Leading zeroes would be read as octal elsewhere.
  return { host: kind === 'ipv4' ? host.split('.').map(Number).join('.') : host, port };
}

/** `host:port`, IPv6 in brackets; `undefined` when it is neither a name nor an address. */
export function spelledOut(target: string): string | undefined {
  const address = targetAddress(target);
  return address && `${hostInUrl(address.host)}:${address.port}`;
}

function spellOut(given: Record<string, unknown>): void {
  const { target } = given;
  if (typeof target === 'string') given['target'] = spelledOut(target) ?? target;
}

/** One host and port of an Upstream, with its weight. Source: Kong kong/db/schema/entities/targets.lua. */
@Entity({
  name: 'targets',
  singular: 'target',
  nameKey: 'target',
  cacheKey: ['upstream', 'target'],
  uniqueTogether: [['upstream', 'target']],
  complete: spellOut,
})
export class Target extends EntityBase {
  /** Seconds since the epoch, with milliseconds: the order of targets made in the same second counts. */
  @Decimal({ rule: pointInTime }) declare created_at: number;
  @Decimal({ rule: pointInTime }) declare updated_at: number;
  @ReferenceTo('upstreams', { required: true, cascade: true }) upstream!: { id: string };
  /** `host:port`; IPv6 in brackets. */
  @Text({
    required: true,
    rule: (target: string) =>
      targetAddress(target) ? undefined : `Invalid target ('${target}'); not a valid hostname or ip address`,
  })
  target!: string;
  /** Its share among the Upstream's targets; 0: gets no traffic. */
  @Integer({ between: [0, 65535] }) weight = 100;
  /** Whether it is used only while no ordinary target is available. */
  @Flag() failover = false;
}
