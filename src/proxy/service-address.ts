import { isIP } from 'node:net';
import type { UpstreamAddress, UpstreamTls } from '../transport/attempt.js';

/** Addresses remembered per Service: DNS that rotates, or clients that choose the server name, must not grow it without end. */
const REMEMBERED = 1000;

/**
 * The wire addresses of one Service. One object per address and server name, because connections are pooled by it.
 * `tls`: how its upstream is spoken to; `undefined`: in plain text. `http2`: with HTTP/2.
 */
export class ServiceAddresses {
  private readonly addresses = new Map<string, UpstreamAddress>();

  constructor(
    private readonly tls: UpstreamTls | undefined,
    private readonly http2 = false,
  ) {}

  /** `host`: the Host header, whose name the upstream is asked to identify as (Kong: proxy_ssl_name). */
  at(ip: string, port: number, host: string): UpstreamAddress {
    const key = this.tls ? `${ip} ${port} ${host}` : `${ip} ${port}`;
    const known = this.addresses.get(key);
    if (known) return known;
    if (this.addresses.size >= REMEMBERED) this.addresses.clear();
    const place = { ip, port, ...(this.http2 && { http2: true }) };
    const address: UpstreamAddress = this.tls
      ? { scheme: 'https', ...place, tls: { ...this.tls, servername: serverName(host) } }
      : { scheme: 'http', ...place };
    this.addresses.set(key, address);
    return address;
  }
}

/** The host without its port. An IP address is no server name (RFC 6066, 3). */
function serverName(host: string): string | undefined {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return isIP(name) > 0 ? undefined : name;
}
