import { request } from 'node:http';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Milliseconds } from '../entities/units.js';
import type { UpstreamAddress } from './attempt.js';
import { DialError, type Dialled } from './dialler.js';

/**
 * Opens TLS connections to one address through an HTTP proxy: the proxy is asked for a tunnel (RFC 9110, 9.3.6) and sees
 * nothing of what goes through it but where it goes.
 */
export class TunnelDialler {
  private readonly target: string;

  constructor(
    private readonly address: UpstreamAddress,
    private readonly proxy: { readonly ip: string; readonly port: number },
    /** For everything until the first request can be sent. */
    private readonly timeout: Milliseconds,
  ) {
    const { ip, port } = address;
    this.target = `${ip.includes(':') ? `[${ip}]` : ip}:${port}`;
  }

  /** Calls back once. */
  dial(dialled: Dialled): void {
    const { ip, port } = this.proxy;
    const asked = request({ method: 'CONNECT', host: ip, port, path: this.target, agent: false, headers: HEADERS(this) });
    let told = false;
    let secure: Socket | undefined;
    const fail = (error: Error) => {
      if (told) return;
      told = true;
      clearTimeout(timer);
      asked.destroy();
      secure?.destroy();
      dialled(error, null);
    };
    const timer = setTimeout(() => {
      fail(new DialError('CONNECT_TIMEOUT', `no connection to ${this.target} by proxy within ${this.timeout} ms`));
    }, this.timeout);
    asked.on('error', fail);
    asked.once('response', ({ statusCode }) => fail(this.refused(statusCode)));
    asked.once('connect', ({ statusCode = 0 }, socket: Socket) => {
      // The proxy may close the tunnel in the middle of the handshake.
      socket.on('error', fail);
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy();
        fail(this.refused(statusCode));
        return;
      }
      secure = this.secured(socket);
      secure.on('error', fail);
      secure.once('secureConnect', () => {
        if (told) return;
        told = true;
        clearTimeout(timer);
        dialled(null, secure as Socket);
      });
    });
    asked.end();
  }
}
