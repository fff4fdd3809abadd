import { isIP } from 'node:net';
import type { UpstreamAddress } from '../transport/attempt.js';
import type { Resolver } from '../transport/resolver.js';
import type { UpstreamLocation } from './upstream-location.js';

export interface HttpProxy {
  readonly host: string;
  readonly port: number;
}

/** How a call reaches a place. `prefix`: what its path begins with; a proxy for http is told the whole URL (RFC 9112, 3.2.2). */
export type Way = { readonly address: UpstreamAddress; readonly prefix: string } | { readonly problem: string };

/** The way from the gateway to a model's server: directly, or by the proxy that is configured for the scheme. */
export class CallRoute {
  constructor(
    private readonly resolver: Resolver,
    private readonly proxies: { readonly http: HttpProxy | undefined; readonly https: HttpProxy | undefined },
    /** Whether the model's server must show a certificate of a known authority for its name. */
    private readonly verify: boolean,
  ) {}

  async to({ scheme, host, port }: UpstreamLocation): Promise<Way> {
    const proxy = this.proxies[scheme];
    const dialled = proxy ?? { host, port };
    const resolved = await this.resolver.resolve(dialled.host, dialled.port);
    if (resolved.ip === undefined) return { problem: resolved.message };
    const { ip, port: at } = resolved;
    if (scheme === 'http') {
      const prefix = proxy ? `http://${host.includes(':') ? `[${host}]` : host}:${port}` : '';
      return { address: { scheme, ip, port: at }, prefix };
    }
    // A server name is a name: an address in its place is not allowed (RFC 6066, 3).
    const tls = { servername: isIP(host) > 0 ? undefined : host, verify: this.verify };
    const address = proxy ? { scheme, ip: host, port, tls, proxy: { ip, port: at } } : { scheme, ip, port: at, tls };
    return { address, prefix: '' };
  }
}
