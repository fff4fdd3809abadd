import { createServer, type IncomingMessage, type Server } from 'node:http';
import {
  createServer as createHttp2Server,
  createSecureServer,
  type Http2SecureServer,
  type Http2Server,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Listener } from '../config/listener.js';
import type { Settings } from '../config/settings.js';
import { listenerCertificate } from './listener-certificate.js';

/** How long a client may take to send the head of a request, or to agree on TLS (nginx: client_header_timeout). */
const HEAD_MS = 60_000;

/** How long a connection is kept on which nothing happens: longer than common load balancers (60 s), so that they close first. */
export const KEPT_IDLE_MS = 65_000;

const HTTP1_OPTIONS = {
  keepAliveTimeout: KEPT_IDLE_MS,
  // Kong: four buffers of 8 KiB (large_client_header_buffers).
  maxHeaderSize: 32 * 1024,
  // A body, as a stream, may take as long as it likes; what must not last is the sending of a head.
  requestTimeout: 0,
  headersTimeout: HEAD_MS,
  // A WebSocket may be agreed on; any other upgrade a client offers is ignored, as it may be (RFC 9110, 7.8).
  shouldUpgradeCallback: ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket',
  // Answered by us, with a body that says what is wrong.
  requireHostHeader: false,
};

/** `maxConcurrentStreams`: requests at once on one connection (nginx: http2_max_concurrent_streams). */
const HTTP2_OPTIONS = { settings: { maxConcurrentStreams: 128 } };

/** What listens at one address, and what takes the connections that turn out to be HTTP/2 in plain text. */
export interface ListenerServer {
  readonly server: Server | Http2SecureServer;
  readonly http2: Http2Server | undefined;
}

/** Makes what listens as a listener of `proxy_listen` says. `contextFor`: the certificate for a name a client asks for. */
export function listenerServer(
  { tls, http2 }: Listener,
  settings: Settings,
  contextFor: (name: string) => SecureContext | undefined,
): ListenerServer {
  if (tls) return { server: secureServer(http2, settings, contextFor), http2: undefined };
  const server = createServer({ ...HTTP1_OPTIONS, noDelay: true });
  server.maxRequestsPerSocket = settings.keepaliveRequests;
  return { server, http2: http2 ? besideHttp1(server) : undefined };
}

/** HTTP/1.1 and, where wanted, HTTP/2 on one port. */
function secureServer(
  http2: boolean,
  settings: Settings,
  contextFor: (name: string) => SecureContext | undefined,
): Http2SecureServer {
  return createSecureServer({
    ...(HTTP1_OPTIONS as object),
    ...HTTP2_OPTIONS,
    ...listenerCertificate(settings),
    handshakeTimeout: HEAD_MS,
    allowHTTP1: true,
    ALPNProtocols: http2 ? ['h2', 'http/1.1'] : ['http/1.1'],
    SNICallback: (name, done) => done(null, contextFor(name)),
  });
}

/** No request of HTTP/1.1 begins like the preface of HTTP/2 (RFC 9113, 3.4). */
const PREFACE = Buffer.from('PRI');

/**
 * Lets a plain-text server's clients begin with HTTP/2 at once, as those of gRPC do: the first bytes of a connection say
 * which server it is for.
 */
function besideHttp1(server: Server): Http2Server {
  const http2 = createHttp2Server(HTTP2_OPTIONS);
  const [takeHttp1] = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const ignore = () => {};
    const giveUp = () => socket.destroy();
    let start: Buffer = Buffer.alloc(0);
    const give = () => {
      const chunk = socket.read() as Buffer | null;
      if (!chunk) return;
      start = Buffer.concat([start, chunk]);
      // Some bytes of the preface and no more: the next ones decide.
      if (start.length < PREFACE.length && PREFACE.indexOf(start) === 0) return;
      socket.off('readable', give).off('error', ignore).off('timeout', giveUp).setTimeout(0);
      socket.unshift(start);
      if (start.indexOf(PREFACE) === 0) {
        // A client that goes is gone. The server's own sockets may be half open, and one that node:http2 finds half closed
        // stays so, its streams with it, until the end of the process.
        socket.allowHalfOpen = false;
        http2.emit('connection', Object.assign(socket, { alpnProtocol: 'h2' }));
      } else takeHttp1?.call(server, socket);
    };
    socket.on('readable', give).on('error', ignore);
    socket.setTimeout(HEAD_MS, giveUp);
  });
  return http2;
}

/** Whether a connection turned out to be HTTP/2, by agreement in TLS or by its first bytes. */
export const isHttp2 = (socket: Socket & { alpnProtocol?: string | false | null }): boolean =>
  socket.alpnProtocol === 'h2';
