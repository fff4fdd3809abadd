import { hostInUrl, serverName } from '../entities/host.js';
import { AddressBook } from '../transport/address-book.js';
import type { UpstreamAddress, UpstreamTls } from '../transport/attempt.js';
import type { ResolvedAddress, Resolver } from '../transport/resolver.js';
import type { UpstreamLocation } from './upstream-location.js';

/** A proxy that stands between the gateway and models. */
export interface HttpProxy {
  readonly host: string;
  readonly port: number;
}

/** How a call reaches a place. `prefix`: what its path begins with; a proxy for http is told the whole URL (RFC 9112, 3.2.2). */
export type Way = { readonly address: UpstreamAddress; readonly prefix: string } | { readonly problem: string };

/** The way from the gateway to a model's server: directly, or by the proxy that is configured for the scheme. */
export class CallRoute {
  private readonly addresses = new AddressBook();

  constructor(
    private readonly resolver: Resolver,
    private readonly proxies: { readonly http: HttpProxy | undefined; readonly https: HttpProxy | undefined },
    /** How certificates of the model's server are checked. */
    private readonly checks: Pick<UpstreamTls, 'verify' | 'authorities'>,
  ) {}

  async to(location: UpstreamLocation): Promise<Way> {
    const { scheme, host, port } = location;
    const proxy = this.proxies[scheme];
    const dialled = proxy ?? { host, port };
    const resolved = await this.resolver.resolve(dialled.host, dialled.port);
    if (resolved.ip === undefined) return { problem: resolved.message };
    const prefix = proxy && scheme === 'http' ? `http://${hostInUrl(host)}:${port}` : '';
    return { address: this.addressAt(location, resolved, proxy !== undefined), prefix };
  }

  private addressAt({ scheme, host, port }: UpstreamLocation, dialled: ResolvedAddress, isProxy: boolean) {
    const key = `${scheme} ${host} ${port} ${dialled.ip} ${dialled.port}`;
    const known = this.addresses.get(key);
    if (known) return known;
    const { ip, port: at } = dialled;
    if (scheme === 'http') return this.addresses.add(key, { scheme, ip, port: at });
    const tls = { ...this.checks, servername: serverName(host) };
    const place = isProxy ? { ip: host, port, proxy: { ip, port: at } } : { ip, port: at };
    return this.addresses.add(key, { scheme, ...place, tls });
  }
}
