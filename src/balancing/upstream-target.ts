import { isIP } from 'node:net';
import { type Target, targetAddress } from '../entities/target.js';
import { type Milliseconds, milliseconds } from '../entities/units.js';
import type { Candidate } from './algorithm.js';
import type { Probed } from './health/probe.js';

/** One address of a Target. The same object as long as the Target has it with the same weight. */
export interface TargetAddress extends Candidate, Probed {
  readonly target: UpstreamTarget;
  /** The Target's own name, in place of an address: its records live no longer than one request (TTL 0). */
  readonly isName: boolean;
}

interface FoundAddress {
  readonly ip: string;
  readonly port?: number;
  readonly weight?: number;
  readonly srvName?: string;
}

/** What is known of a host; the transport room's Resolver tells it. Times are on its clock. */
export type HostRecords =
  | {
      readonly kind: 'found';
      /** The type of the records: `A`, `SRV` … */
      readonly type: string;
      readonly addresses: readonly FoundAddress[];
      readonly validUntil: Milliseconds;
    }
  | { readonly kind: 'absent' | 'failed'; readonly validUntil: Milliseconds };

/** Kong asks again after so long for a name that did not resolve, and for one whose records are not to be kept. */
const FAILED_AGAIN = milliseconds(30_000);
const UNKEPT_AGAIN = milliseconds(60_000);
/** Not more often, whatever a name server says: each change builds a new ring. */
const SOONEST = milliseconds(1000);

/** A Target of an Upstream and the addresses it stands for at the moment. */
export class UpstreamTarget {
  readonly host: string;
  readonly port: number;
  addresses: readonly TargetAddress[] = [];
  /** `pending`: its name is being asked for the first time. */
  state: 'pending' | 'resolved' | 'dns-error' = 'pending';
  /** As the health endpoint shows it. */
  dns = 'A';
  /** When its name is asked for again. */
  nextLookup: Milliseconds = milliseconds(Number.POSITIVE_INFINITY);
  private found: readonly FoundAddress[] = [];

  constructor(
    readonly entity: Target,
    private readonly useSrvName: boolean,
  ) {
    const { host, port } = targetAddress(entity.target) ?? { host: entity.target, port: 8000 };
    this.host = host;
    this.port = port;
    if (isIP(host) > 0) this.settle('resolved', [{ ip: host }]);
  }

  get isLiteral(): boolean {
    return isIP(this.host) > 0;
  }

  /** Takes what the name stands for now; answers whether that changes anything. */
  take(records: HostRecords, now: Milliseconds): boolean {
    if (records.kind !== 'found') {
      this.nextLookup = milliseconds(now + FAILED_AGAIN);
      return this.settle('dns-error', []);
    }
    const isUnkept = records.validUntil <= now;
    this.nextLookup = milliseconds(isUnkept ? now + UNKEPT_AGAIN : Math.max(records.validUntil, now + SOONEST));
    this.dns = isUnkept ? 'ttl=0, virtual SRV' : records.type === 'SRV' ? 'SRV' : 'A';
    return this.settle('resolved', isUnkept ? [{ ip: this.host }] : records.addresses);
  }

  /** Goes on from what the same host and port stood for before a reload. */
  inherit(before: UpstreamTarget): void {
    if (this.isLiteral || before.state === 'pending') return;
    this.addresses = before.addresses;
    this.nextLookup = before.nextLookup;
    this.dns = before.dns;
    this.settle(before.state, before.found);
  }

  private settle(state: 'resolved' | 'dns-error', found: readonly FoundAddress[]): boolean {
    const known = new Map(this.addresses.map((address) => [address.id, address]));
    const addresses = new Map<string, TargetAddress>();
    for (const one of found) {
      const address = this.addressOf(one);
      const before = known.get(address.id);
      addresses.set(address.id, before && sameAddress(before, address) ? before : address);
    }
    const after = [...addresses.values()];
    const changed =
      this.state !== state ||
      after.length !== this.addresses.length ||
      after.some((address) => !this.addresses.includes(address));
    this.state = state;
    this.found = found;
    this.addresses = after;
    return changed;
  }

  private addressOf({ ip, port = this.port, weight, srvName }: FoundAddress): TargetAddress {
    return {
      id: `${this.host}:${this.port} ${ip}:${port}`,
      ringName: `${ip}::${port}`,
      ip,
      port,
      hostname: this.useSrvName && srvName !== undefined ? srvName : this.host,
      // A Target out of rotation stays out, whatever weights its SRV records have.
      weight: this.entity.weight === 0 ? 0 : (weight ?? this.entity.weight),
      isName: ip === this.host && !this.isLiteral,
      target: this,
    };
  }
}

const sameAddress = (one: TargetAddress, other: TargetAddress): boolean =>
  one.weight === other.weight && one.hostname === other.hostname && one.target === other.target;
