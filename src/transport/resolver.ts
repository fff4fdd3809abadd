import { isIP } from 'node:net';
import { performance } from 'node:perf_hooks';
import { type Milliseconds, milliseconds } from '../entities/units.js';
import { DnsLookup, type Finding } from './dns-lookup.js';
import type { NameAddress, RecordType } from './dns-records.js';

/** Where a host is to be reached. */
export interface ResolvedAddress {
  readonly ip: string;
  /** The port asked for, or the one an SRV record gives. */
  readonly port: number;
}

/** A host without an address; what the client is answered, in Kong's words. */
export interface UnresolvedName {
  readonly ip?: undefined;
  /** 503: there is no such name. 500: the name servers could not be asked. */
  readonly status: 500 | 503;
  /** For the client: Kong's words. */
  readonly message: string;
  /** For the operator, where `message` does not say it: what it was that could not be found. */
  readonly reason?: string;
}

/** All a host stands for, until `validUntil` on the resolver's clock. */
export type NameRecords = (
  | { readonly kind: 'found'; readonly type: string; readonly addresses: readonly NameAddress[] }
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly reason: string }
) & { readonly validUntil: Milliseconds };

/** Settings of name resolution; names and defaults are those of Kong's `dns_*` unless a comment says otherwise. */
export interface ResolverOptions {
  /** `dns_resolver`: `ip` or `ip:port`. None: those of resolv.conf. */
  readonly servers?: readonly string[];
  /** `dns_order`. `LAST`: the type that answered last. Our default goes on to AAAA where Kong's stops at A. */
  readonly order?: readonly ('LAST' | 'CNAME' | RecordType)[];
  /** `dns_valid_ttl`: counts in place of the TTL of every record. */
  readonly validTtl?: Milliseconds;
  /** `dns_stale_ttl`: how long past its time a record is used while a newer one is asked for. */
  readonly staleTtl?: Milliseconds;
  /** `dns_not_found_ttl` */
  readonly notFoundTtl?: Milliseconds;
  /** `dns_error_ttl` */
  readonly errorTtl?: Milliseconds;
  /** `dns_hostsfile` */
  readonly hostsFile?: string;
  /** `dns_cache_size`: hosts remembered; those asked for longest ago are forgotten first. */
  readonly cacheSize?: number;
  readonly resolvConf?: string;
  /** How long a name server has for the first try. */
  readonly timeout?: Milliseconds;
  /** Kong asks five times. Three are enough to be sure, and a client is waiting. */
  readonly tries?: number;
  /** The clock, for tests. */
  readonly now?: () => Milliseconds;
}

/**
 * Turns hosts into addresses: literals, the hosts file, then DNS with its TTLs. A host that is known is answered at once,
 * without a promise, and its addresses take turns. Past its TTL a host goes on being answered while it is asked for again,
 * so that only the first request for it ever waits. Source: Kong kong/resty/dns/client.lua.
 */
export class Resolver {
  private readonly lookup: DnsLookup;
  private readonly validTtl: Milliseconds | undefined;
  private readonly staleTtl: Milliseconds;
  private readonly notFoundTtl: Milliseconds;
  private readonly errorTtl: Milliseconds;
  private readonly cacheSize: number;
  private readonly now: () => Milliseconds;
  /** By host as asked for, those looked up last at the end. */
  private readonly known = new Map<string, KnownHost>();
  /** Lookups under way: one per host, however many wait for it. */
  private readonly pending = new Map<string, Promise<KnownHost>>();

  constructor(options: ResolverOptions = {}) {
    this.lookup = new DnsLookup({
      servers: options.servers ?? [],
      timeout: options.timeout ?? milliseconds(2000),
      tries: options.tries ?? 3,
      order: options.order ?? ['LAST', 'SRV', 'A', 'AAAA'],
      hostsFile: options.hostsFile ?? '/etc/hosts',
      resolvConf: options.resolvConf ?? '/etc/resolv.conf',
    });
    this.validTtl = options.validTtl;
    this.staleTtl = options.staleTtl ?? milliseconds(3_600_000);
    this.notFoundTtl = options.notFoundTtl ?? milliseconds(30_000);
    this.errorTtl = options.errorTtl ?? milliseconds(1000);
    this.cacheSize = options.cacheSize ?? 10_000;
    this.now = options.now ?? (() => milliseconds(performance.now()));
  }

  /** The host's next address: at once when it is a literal or known, else when it has been looked up. Never rejects. */
  resolve(host: string, port: number): ResolvedAddress | UnresolvedName | Promise<ResolvedAddress | UnresolvedName> {
    const known = this.usable(host);
    if (known) return known.next(host, port);
    const literal = literalIp(host);
    if (literal !== undefined) return { ip: literal, port };
    return this.ask(host).then((answered) => answered.next(host, port));
  }

  /** Everything the host stands for; looked up when what is known is past its time. Never rejects. */
  async records(host: string): Promise<NameRecords> {
    const ip = literalIp(host);
    if (ip !== undefined) return { kind: 'found', type: 'literal', addresses: [{ ip }], validUntil: FOR_EVER };
    const known = this.known.get(host);
    return known && this.now() < known.records.validUntil ? known.records : (await this.ask(host)).records;
  }

  /** Gives up the queries under way, so that they do not hold up the end of the process; whoever waits is told so. */
  close(): void {
    this.lookup.close();
  }

  /** What may be answered without waiting. Past its time it is asked for again meanwhile. */
  private usable(host: string): KnownHost | undefined {
    const known = this.known.get(host);
    if (!known) return undefined;
    const now = this.now();
    const { validUntil } = known.records;
    if (now < validUntil) return known;
    if (!known.mayBeStale || now >= validUntil + this.staleTtl) return undefined;
    if (now >= known.nextAttempt) void this.ask(host);
    return known;
  }

  private ask(host: string): Promise<KnownHost> {
    let asked = this.pending.get(host);
    if (!asked) {
      asked = this.lookUp(host);
      this.pending.set(host, asked);
    }
    return asked;
  }

  private async lookUp(host: string): Promise<KnownHost> {
    const before = this.known.get(host);
    const finding = await this.lookup.find(host, before?.lastType);
    this.pending.delete(host);
    const now = this.now();
    if (finding.kind === 'failed' && before?.records.kind === 'found') {
      // Name servers that are away do not take down what was there a moment ago.
      if (now < before.records.validUntil + this.staleTtl) {
        before.nextAttempt = milliseconds(now + this.errorTtl);
        return before;
      }
    }
    const ttl = this.ttlOf(finding);
    const type = finding.kind === 'found' && finding.type !== 'hosts file' ? finding.type : undefined;
    const answered = new KnownHost({ ...finding, validUntil: milliseconds(now + ttl) }, ttl, type, before);
    this.remember(host, answered);
    return answered;
  }

  private ttlOf(finding: Finding): Milliseconds {
    switch (finding.kind) {
      case 'found':
        return finding.type === 'hosts file' ? FOR_EVER : (this.validTtl ?? finding.ttl);
      case 'absent':
        return this.notFoundTtl;
      case 'failed':
        return this.errorTtl;
    }
  }

  private remember(host: string, answered: KnownHost): void {
    this.known.delete(host);
    this.known.set(host, answered);
    // Hosts may come from requests, by templates: the memory has an end.
    if (this.known.size <= this.cacheSize) return;
    const [oldest] = this.known.keys();
    this.known.delete(oldest as string);
  }
}

/** What the resolver knows of one host, and whose turn it is. */
class KnownHost {
  /** When past its time: not asked for again before this moment. */
  nextAttempt: Milliseconds = milliseconds(0);
  readonly lastType: RecordType | undefined;
  /** A TTL of 0 asks for every use to be looked up. */
  readonly mayBeStale: boolean;
  /** The addresses, each as often as its weight says. */
  private readonly turns: readonly NameAddress[];
  private turn: number;

  constructor(
    readonly records: NameRecords,
    ttl: Milliseconds,
    type: RecordType | undefined,
    before: KnownHost | undefined,
  ) {
    this.mayBeStale = records.kind === 'found' && ttl > 0;
    this.turns = records.kind === 'found' ? turnsOf(records.addresses) : [];
    this.lastType = type ?? before?.lastType;
    this.turn = before?.turn ?? 0;
  }

  next(host: string, port: number): ResolvedAddress | UnresolvedName {
    const { records } = this;
    switch (records.kind) {
      case 'found': {
        const address = this.turns[this.turn++ % this.turns.length] as NameAddress;
        return { ip: address.ip, port: address.port ?? port };
      }
      case 'absent':
        return { status: 503, message: 'name resolution failed', reason: `no address found for host '${host}'` };
      case 'failed':
        return {
          status: 500,
          message: `failed the initial dns/balancer resolve for '${host}' with: ${records.reason}`,
        };
    }
  }
}

// Weights of SRV records go up to 65535; shares are as exact as this many turns allow.
const MOST_TURNS = 1000;

/** Addresses without a weight, as A and AAAA records are, get one turn each. */
function turnsOf(addresses: readonly NameAddress[]): readonly NameAddress[] {
  const weights = addresses.map(({ weight = 1 }) => weight);
  const lightest = Math.min(...weights);
  const unit = Math.max(lightest, weights.reduce((sum, weight) => sum + weight, 0) / MOST_TURNS);
  return addresses.flatMap((address, index) =>
    Array<NameAddress>(Math.max(1, Math.round((weights[index] as number) / unit))).fill(address),
  );
}

const FOR_EVER = milliseconds(Number.POSITIVE_INFINITY);

/** The IP address a host is already, without the brackets IPv6 has in URLs. */
export function literalIp(host: string): string | undefined {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  return isIP(bare) > 0 ? bare : undefined;
}
