import { isIP } from 'node:net';
import type { UpstreamAddress, UpstreamTls } from '../transport/attempt.js';
import type { ResolvedAddress, Resolver } from '../transport/resolver.js';
import type { UpstreamLocation } from './upstream-location.js';

export interface HttpProxy {
  readonly host: string;
  readonly port: number;
}

/** How a call reaches a place. `prefix`: what its path begins with; a proxy for http is told the whole URL (RFC 9112, 3.2.2). */
export type Way = { readonly address: UpstreamAddress; readonly prefix: string } | { readonly problem: string };

/** Addresses of one model that are remembered; the connections to each are kept by the transport room. */
const MAX_ADDRESSES = 256;

/** The way from the gateway to a model's server: directly, or by the proxy that is configured for the scheme. */
export class CallRoute {
  private readonly addresses = new Map<string, UpstreamAddress>();

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
    const prefix = proxy && scheme === 'http' ? `http://${host.includes(':') ? `[${host}]` : host}:${port}` : '';
    return { address: this.addressAt(location, resolved, proxy !== undefined), prefix };
  }

  /** One object per address: the transport room knows connections by it. */
  private addressAt({ scheme, host, port }: UpstreamLocation, dialled: ResolvedAddress, isProxy: boolean) {
    const key = `${scheme} ${host} ${port} ${dialled.ip} ${dialled.port}`;
    const known = this.addresses.get(key);
    if (known) return known;
    if (this.addresses.size >= MAX_ADDRESSES) this.addresses.clear();
    const { ip, port: at } = dialled;
    // A server name is a name: an address in its place is not allowed (RFC 6066, 3).
    const tls = { ...this.checks, servername: isIP(host) > 0 ? undefined : host };
    let address: UpstreamAddress;
    if (scheme === 'http') address = { scheme, ip, port: at };
    else if (isProxy) address = { scheme, ip: host, port, tls, proxy: { ip, port: at } };
    else address = { scheme, ip, port: at, tls };
    this.addresses.set(key, address);
    return address;
  }
}
