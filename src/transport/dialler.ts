import { connect as connectTcp, type Socket } from 'node:net';
import {
  connect as connectTls,
  createSecureContext,
  type DetailedPeerCertificate,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import type { Milliseconds } from '../entities/units.js';
import type { UpstreamAddress, UpstreamTls } from './attempt.js';
import { disguiseReset } from './attempt-failure.js';

/** Time for a connection that is silent to be asked whether its peer is still there. */
const KEEP_ALIVE_PROBE_MS = 60_000;

/** A connection that could not be made; `code` is for AttemptFailure. */
export class DialError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Takes a socket that is ready for HTTP, or the reason why there is none. */
export type Dialled = (...result: [null, Socket] | [Error, null]) => void;

/**
 * Opens connections to one address. Our own rather than undici's, whose time-out counts in whole seconds and which knows no
 * depth of a certificate chain.
 */
export class Dialler {
  private context: SecureContext | undefined;
  /** The last TLS session, to be taken up again by the next connection. */
  private session: Buffer | undefined;

  constructor(
    private readonly address: UpstreamAddress,
    /** For TCP and TLS together. */
    private readonly timeout: Milliseconds,
  ) {}

  /** Calls back once. Throws when the certificate to be shown cannot be used. */
  dial(dialled: Dialled): void {
    const { ip, port, tls, http2 } = this.address;
    const socket = tls ? this.tlsSocket(tls) : connectTcp({ host: ip, port });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS);
    const timer = setTimeout(() => {
      socket.destroy(new DialError('CONNECT_TIMEOUT', `no connection to ${ip}:${port} within ${this.timeout} ms`));
    }, this.timeout);
    let told = false;
    // Stays for as long as the connection lives, so that no error of it goes unheard, and hears of each before undici does.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      disguiseReset(error);
      if (!told) dialled(error, null);
      told = true;
    });
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      const problem =
        (tls?.verify && chainProblem(socket as TLSSocket, tls.verifyDepth)) || (http2 && http2Problem(socket));
      if (problem) {
        socket.destroy(problem);
        return;
      }
      told = true;
      dialled(null, socket);
    });
  }

  private tlsSocket(tls: UpstreamTls): TLSSocket {
    const { ip, port } = this.address;
    const { servername, verify, verifyDepth, authorities, certificate } = tls;
    this.context ??= createSecureContext({
      ca: authorities && [...authorities],
      cert: certificate?.cert,
      key: certificate?.key,
    });
    const socket = connectTls({
      host: ip,
      port,
      servername,
      rejectUnauthorized: verify,
      secureContext: this.context,
      ALPNProtocols: [this.address.http2 ? 'h2' : 'http/1.1'],
      session: this.session,
    });
    // A session taken up again brings no chain along whose depth could be measured.
    if (verifyDepth === undefined) {
      socket.on('session', (session) => {
        this.session = session;
      });
    }
    return socket;
  }
}

/** In plain text an upstream of HTTP/2 is known beforehand to speak it. */
function http2Problem(socket: Socket | TLSSocket): Error | undefined {
  if (!('alpnProtocol' in socket) || socket.alpnProtocol === 'h2') return undefined;
  return new DialError('NO_HTTP2', 'the upstream does not speak HTTP/2');
}

/** Kong's `tls_verify_depth`: how many certificates may stand between the upstream's own and the authority's (OpenSSL). */
function chainProblem(socket: TLSSocket, depth: number | undefined): Error | undefined {
  if (depth === undefined) return undefined;
  let between = -1;
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (certificate && certificate.issuerCertificate !== certificate) {
    between += 1;
    certificate = certificate.issuerCertificate;
  }
  if (between <= depth) return undefined;
  return new DialError(
    'CERT_CHAIN_TOO_LONG',
    `${between} certificates lead to the authority; tls_verify_depth is ${depth}`,
  );
}
