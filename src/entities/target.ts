import { isIP } from 'node:net';
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
  return { host: kind === 'name' ? host : kind === 'ipv4' ? withoutZeroes(host) : shortened(host), port };
}

/** Zeroes in front of a number would be read as octal elsewhere. */
const withoutZeroes = (address: string): string => address.split('.').map(Number).join('.');

/** An IPv6 address as people write it. */
const shortened = (address: string): string => new URL(`http://[${address}]`).hostname.slice(1, -1);

/** `host:port`, IPv6 in brackets; `undefined` when it is neither a name nor an address. */
function spelledOut(target: string): string | undefined {
  const address = targetAddress(target);
  return address && `${hostInUrl(isIP(address.host) === 6 ? expanded(address.host) : address.host)}:${address.port}`;
}

const groupsOf = (half: string): string[] => (half === '' ? [] : half.split(':'));

/** An IPv6 address with all its digits, as Kong and decK write it. */
function expanded(address: string): string {
  // One that ends like an IPv4 address is no target to Kong.
  if (address.includes('.')) return address;
  const [head, tail] = address.toLowerCase().split('::').map(groupsOf) as [string[], string[]?];
  const zeros = tail ? Array<string>(8 - head.length - tail.length).fill('') : [];
  return [...head, ...zeros, ...(tail ?? [])].map((group) => group.padStart(4, '0')).join(':');
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
