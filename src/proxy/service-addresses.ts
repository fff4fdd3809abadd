import { hostFromUrl, serverName } from '../entities/host.js';
import { AddressBook } from '../transport/address-book.js';
import type { UpstreamAddress, UpstreamTls } from '../transport/attempt.js';

/**
 * The wire addresses of one Service, each with its server name.
 * `tls`: how its upstream is spoken to; `undefined`: in plain text. `http2`: with HTTP/2.
 */
export class ServiceAddresses {
  private readonly book = new AddressBook();

  constructor(
    private readonly tls: UpstreamTls | undefined,
    private readonly http2 = false,
  ) {}

  /** `host`: the Host header, whose name the upstream is asked to identify as (Kong: proxy_ssl_name). */
  at(ip: string, port: number, host: string): UpstreamAddress {
    const key = this.tls ? `${ip} ${port} ${host}` : `${ip} ${port}`;
    const known = this.book.get(key);
    if (known) return known;
    const place = { ip, port, ...(this.http2 && { http2: true }) };
    if (!this.tls) return this.book.add(key, { scheme: 'http', ...place });
    const servername = serverName(hostFromUrl(host.replace(/:\d+$/, '')));
    return this.book.add(key, { scheme: 'https', ...place, tls: { ...this.tls, servername } });
  }
}
