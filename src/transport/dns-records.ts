import { Resolver as CAres } from 'node:dns/promises';
import { type Milliseconds, milliseconds } from '../entities/units.js';

export type RecordType = 'A' | 'AAAA' | 'SRV';

/** One address a name stands for. SRV records bring their port and weight; address records have none. */
export interface NameAddress {
  readonly ip: string;
  readonly port?: number;
  readonly weight?: number;
  /** SRV: the name the record points at. */
  readonly srvName?: string;
}

/** What became of a question to the DNS. */
export type Answer =
  | {
      readonly kind: 'found';
      readonly type: RecordType;
      readonly addresses: readonly NameAddress[];
      readonly ttl: Milliseconds;
    }
  /** The servers know of no such record. */
  | { readonly kind: 'absent' }
  /** The servers could not be asked, or could not tell; `reason` in the words of Kong's DNS client. */
  | { readonly kind: 'failed'; readonly reason: string };

const ABSENT: Answer = { kind: 'absent' };

// c-ares keeps the TTL of SRV records to itself, so they are asked for again after a while that a service registry can bear.
const SRV_TTL = milliseconds(10_000);

export interface DnsServers {
  /** `ip` or `ip:port`; without any, those of the system's resolv.conf. */
  readonly servers?: readonly string[];
  /** How long the first attempt to ask a server waits; later ones wait longer. */
  readonly timeout: Milliseconds;
  /** Attempts per server. */
  readonly tries: number;
}

/** Asks DNS servers for one type of record of one name, as it is: no search list, no hosts file, nothing remembered. */
export class DnsClient {
  private readonly resolver: CAres;

  constructor({ servers, timeout, tries }: DnsServers) {
    this.resolver = new CAres({ timeout, tries });
    if (servers !== undefined && servers.length > 0) this.resolver.setServers([...servers]);
  }

  async query(name: string, type: RecordType): Promise<Answer> {
    try {
      return type === 'SRV' ? await this.services(name) : await this.addresses(name, type);
    } catch (error) {
      return this.refusal(error as NodeJS.ErrnoException);
    }
  }

  close(): void {
    this.resolver.cancel();
  }

  private async addresses(name: string, type: 'A' | 'AAAA'): Promise<Answer> {
    const options = { ttl: true } as const;
    const records = await (type === 'A'
      ? this.resolver.resolve4(name, options)
      : this.resolver.resolve6(name, options));
    if (records.length === 0) return ABSENT;
    const seconds = Math.min(...records.map(({ ttl }) => ttl));
    return {
      kind: 'found',
      type,
      addresses: records.map(({ address }) => ({ ip: address })),
      ttl: milliseconds(seconds * 1000),
    };
  }

  /** The records of the most wanted priority, each with the addresses of the name it points at. */
  private async services(name: string): Promise<Answer> {
    const records = await this.resolver.resolveSrv(name);
    const mostWanted = Math.min(...records.map(({ priority }) => priority));
    let ttl = SRV_TTL;
    const found = await Promise.all(
      records
        .filter(({ priority }) => priority === mostWanted)
        .map(async ({ name: srvName, port, weight }): Promise<NameAddress[]> => {
          const answer = await this.pointedAt(srvName);
          if (answer.kind !== 'found') return [];
          ttl = milliseconds(Math.min(ttl, answer.ttl));
          // Weight 0 means "hardly ever" (RFC 2782); Kong counts it as 1.
          return answer.addresses.map(({ ip }) => ({ ip, port, weight: Math.max(1, weight), srvName }));
        }),
    );
    const addresses = found.flat();
    return addresses.length === 0 ? ABSENT : { kind: 'found', type: 'SRV', addresses, ttl };
  }

  private async pointedAt(srvName: string): Promise<Answer> {
    const answer = await this.query(srvName, 'A');
    return answer.kind === 'found' ? answer : this.query(srvName, 'AAAA');
  }

  private refusal({ code = 'unknown error' }: NodeJS.ErrnoException): Answer {
    if (code === 'ENOTFOUND' || code === 'ENODATA') return ABSENT;
    const server = this.resolver.getServers()[0] ?? '(none)';
    const reasons: Record<string, string> = {
      ECONNREFUSED: `failed to receive reply from UDP server ${server}: connection refused`,
      ETIMEOUT: `failed to receive reply from UDP server ${server}: timeout`,
      EFORMERR: 'dns server error: 1 format error',
      ESERVFAIL: 'dns server error: 2 server failure',
      ENOTIMP: 'dns server error: 4 not implemented',
      EREFUSED: 'dns server error: 5 refused',
    };
    return { kind: 'failed', reason: reasons[code] ?? `dns client error: ${code}` };
  }
}
