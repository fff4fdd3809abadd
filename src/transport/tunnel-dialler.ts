import { request } from 'node:http';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { hostInUrl } from '../entities/host.js';
import type { Milliseconds } from '../entities/units.js';
import type { UpstreamAddress } from './attempt.js';
import { disguiseReset } from './attempt-failure.js';
import { DialError, type Dialled } from './dialler.js';

/**
 * Opens TLS connections to one address through an HTTP proxy. The proxy is asked for a tunnel (RFC 9110, 9.3.6) and learns
 * nothing of what goes through it but where it goes.
 */
export class TunnelDialler {
  private readonly target: string;

  constructor(
    private readonly address: UpstreamAddress,
    private readonly proxy: { readonly ip: string; readonly port: number },
    /** For everything that comes before the first request. */
    private readonly timeout: Milliseconds,
  ) {
    const { ip, port } = address;
    this.target = `${hostInUrl(ip)}:${port}`;
  }

  /** Calls back once. */
  dial(dialled: Dialled): void {
    const { ip: host, port } = this.proxy;
    const headers = { Host: this.target };
    const asked = request({ method: 'CONNECT', host, port, path: this.target, headers, agent: false });
    let socket: Socket | undefined;
    const timer = setTimeout(() => {
      fail(new DialError('CONNECT_TIMEOUT', `no connection to ${this.target} by way of a proxy in ${this.timeout} ms`));
    }, this.timeout);
    let told = false;
    // Stays for as long as the connection lives, so that no error of it goes unheard, and hears of each before undici does.
    const fail = (error: Error) => {
      clearTimeout(timer);
      disguiseReset(error);
      asked.destroy();
      socket?.destroy();
      if (!told) dialled(error, null);
      told = true;
    };
    asked.on('error', fail);
    asked.once('connect', ({ statusCode = 0 }, tunnel: Socket) => {
      socket = tunnel;
      tunnel.on('error', fail);
      if (statusCode < 200 || statusCode > 299) {
        fail(new DialError('PROXY_REFUSED', `the proxy answered ${statusCode}`));
        return;
      }
      const secure = this.secured(tunnel);
      socket = secure;
      secure.on('error', fail);
      secure.once('secureConnect', () => {
        clearTimeout(timer);
        told = true;
        dialled(null, secure);
      });
    });
    asked.end();
  }

  private secured(socket: Socket) {
    const { servername, verify, authorities } = this.address.tls ?? { verify: true };
    return connectTls({
      socket,
      servername,
      // Checked by the name that was dialled where there is no server name to check: an address is none.
      host: this.address.ip,
      rejectUnauthorized: verify,
      ca: authorities && [...authorities],
      ALPNProtocols: ['http/1.1'],
    });
  }
}
