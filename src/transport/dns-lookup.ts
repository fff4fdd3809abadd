import { type Milliseconds, milliseconds } from '../entities/units.js';
import { readHostsFile } from './dns-hosts-file.js';
import { type Answer, DnsClient, type DnsServers, type NameAddress, type RecordType } from './dns-records.js';
import { fullNames, readSearchList, type SearchList } from './dns-search-list.js';

/** What a lookup ends with: an answer of the DNS, or an entry of the hosts file, which stays true for ever. */
export type Finding =
  | Answer
  | {
      readonly kind: 'found';
      readonly type: 'hosts file';
      readonly addresses: readonly NameAddress[];
      readonly ttl: Milliseconds;
    };

export interface LookupOptions extends DnsServers {
  readonly order: readonly ('LAST' | 'CNAME' | RecordType)[];
  readonly hostsFile: string;
  readonly resolvConf: string;
}

/** Finds out what a host name stands for: the hosts file first, then the DNS, name by name of the search list. */
export class DnsLookup {
  private readonly client: DnsClient;
  private readonly hosts: ReadonlyMap<string, readonly string[]>;
  private readonly searchList: SearchList;
  private readonly types: readonly RecordType[];
  private readonly lastFirst: boolean;

  constructor(options: LookupOptions) {
    this.client = new DnsClient(options);
    this.hosts = readHostsFile(options.hostsFile);
    this.searchList = readSearchList(options.resolvConf);
    // CNAMEs are followed by whoever answers for A and AAAA.
    this.types = options.order.filter((type) => type !== 'LAST' && type !== 'CNAME');
    this.lastFirst = options.order.includes('LAST');
  }

  /** `lastType`: what answered the last time, if anything did. Never rejects. */
  async find(host: string, lastType?: RecordType): Promise<Finding> {
    const name = host.toLowerCase();
    const ips = this.hosts.get(name);
    if (ips) {
      const addresses = ips.map((ip) => ({ ip }));
      return { kind: 'found', type: 'hosts file', addresses, ttl: milliseconds(Number.POSITIVE_INFINITY) };
    }
    let failure: Answer | undefined;
    for (const fullName of fullNames(name, this.searchList)) {
      const answer = await this.ask(fullName, lastType);
      if (answer.kind === 'found') return answer;
      if (answer.kind === 'failed') failure ??= answer;
    }
    return failure ?? { kind: 'absent' };
  }

  close(): void {
    this.client.close();
  }

  private async ask(name: string, lastType: RecordType | undefined): Promise<Answer> {
    if (lastType !== undefined && this.lastFirst) {
      const answer = await this.client.query(name, lastType);
      if (answer.kind === 'found') return answer;
    }
    // All at once, then awaited in order of preference: the request that waits waits for one answer, not for their sum.
    const queries = this.types.map((type) => this.client.query(name, type));
    let failure: Answer | undefined;
    for (const query of queries) {
      const answer = await query;
      if (answer.kind === 'found') return answer;
      if (answer.kind === 'failed') failure = answer;
    }
    return failure ?? { kind: 'absent' };
  }
}
