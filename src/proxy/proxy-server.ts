import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import { constants, type Http2SecureServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import { Socket } from 'node:net';
import { setImmediate as endOfTurn, setTimeout } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { listenOn } from '../config/listen-on.js';
import type { Listener } from '../config/listener.js';
import { Settings } from '../config/settings.js';
import { NodeState } from '../observability/node-state.js';
import { UpstreamClient } from '../transport/upstream-client.js';
import { hasItsVersion } from './http2-stream.js';
import { isHttp2, KEPT_IDLE_MS, listenerServer } from './listener-server.js';
import { malformedRequest, type ParseFailure, refusalFor, responseUnderWay } from './malformed-request.js';
import { ProxyHandler } from './proxy.handler.js';
import { Runtimes } from './runtime.js';
import { rememberUpgrade } from './upgraded-connection.js';

const logger = new Logger('proxy');

/** How long a new connection may take to send its first request once the process was told to stop. */
const FIRST_REQUEST_MS = 1000;

/** How often clients are looked at that may owe something; a tenth of the shortest time they have, within reason. */
const LONGEST_BETWEEN_LOOKS_MS = 5000;

/** How long what was cut may take to be logged. */
const LOGGING_MS = 500;

/**
 * The listeners clients talk to: plain node:http servers, because a controller, a pipe or an interceptor per request costs
 * more than all our own work on it. Started by the bootstrap once a configuration is in force.
 */
@Injectable()
export class ProxyServer implements BeforeApplicationShutdown {
  private readonly servers: (Server | Http2SecureServer)[] = [];
  /** Connections that are open. */
  private readonly sockets = new Set<Socket>();
  /** Those of them on which no request has arrived yet: the first may be on its way. */
  private readonly unused = new Set<Socket>();
  /** What HTTP/2 makes of connections; they end by it. */
  private readonly sessions = new Set<ServerHttp2Session>();

  private looking: NodeJS.Timeout | undefined;

  constructor(
    private readonly handler: ProxyHandler,
    private readonly runtimes: Runtimes,
    private readonly node: NodeState,
    private readonly settings: Settings,
    private readonly upstreams: UpstreamClient,
  ) {}

  /** Opens every listener of `proxy_listen`; answers with the addresses they got. */
  async listen(): Promise<string[]> {
    const addresses: string[] = [];
    for (const listener of this.settings.proxyListen) addresses.push(await this.open(listener));
    const times = [this.settings.clientBodyTimeout, this.settings.sendTimeout].filter((time) => time > 0);
    const often = Math.min(LONGEST_BETWEEN_LOOKS_MS, Math.ceil(Math.min(...times) / 10));
    if (times.length > 0) this.looking = setInterval(() => this.handler.dismissSilent(), often).unref();
    return addresses;
  }

  private async open(listener: Listener): Promise<string> {
    const { server, http2 } = listenerServer(listener, this.settings, (name) =>
      this.runtimes.current().tls.contextFor(name),
    );
    this.serve(server);
    if (http2) this.serve(http2);
    server.on(listener.tls ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.node.traffic.connectionOpened();
      this.sockets.add(socket);
      this.unused.add(socket);
      socket.once('close', () => {
        this.sockets.delete(socket);
        this.unused.delete(socket);
        this.node.traffic.connectionClosed();
      });
    });
    const { address } = await listenOn(server, listener, 'KONG_PROXY_LISTEN');
    this.servers.push(server);
    return address;
  }

  /** An HTTP/2 request and response have the shape of HTTP/1.1's; where they differ, httpVersionMajor tells. */
  private serve(server: Server | Http2Server | Http2SecureServer): void {
    server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => this.accept(incoming, outgoing));
    server.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) =>
      this.accept(incoming, outgoing, () => outgoing.writeContinue()),
    );
    // An expectation nobody knows is no reason to refuse (nginx); it goes no further than here.
    server.on('checkExpectation', (incoming: IncomingMessage, outgoing: ServerResponse) =>
      this.accept(incoming, outgoing),
    );
    server.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) =>
      this.acceptUpgrade(incoming, socket, head),
    );
    server.on('connect', (incoming: IncomingMessage, answering: Socket | ServerResponse) =>
      this.acceptConnect(incoming, answering),
    );
    server.on('clientError', (failure: ParseFailure, socket: Socket) => this.refuse(failure, socket));
    server.on('session', (session: ServerHttp2Session) => this.keep(session));
  }

  private refuse(failure: ParseFailure, socket: Socket): void {
    // What is written before there is TLS waits for it, and so would the connection.
    if (failure.code === 'ERR_TLS_HANDSHAKE_TIMEOUT') {
      socket.destroy();
      return;
    }
    const status = refusalFor(failure.code);
    const underWay = responseUnderWay(socket);
    if (underWay) {
      this.handler.breakOff(underWay, status);
      return;
    }
    const refused = malformedRequest(failure, socket);
    if (refused) this.handler.handleMalformed(refused.incoming, refused.outgoing, status);
  }

  /** Nobody gets a tunnel, but everybody an answer. Over HTTP/1.1 the connection has been given away for it. */
  private acceptConnect(incoming: IncomingMessage, answering: Socket | ServerResponse): void {
    if (answering instanceof Socket) this.accept(incoming, this.lastResponse(incoming, answering));
    else {
      // A target of HTTP/2 has no path where a tunnel is asked for.
      incoming.url = incoming.headers[':authority'] as string;
      this.accept(incoming, answering);
    }
  }

  /** A response on a connection that node:http no longer cares for, and the last one on it. */
  private lastResponse(incoming: IncomingMessage, socket: Socket): ServerResponse {
    const outgoing = new ServerResponse(incoming);
    // Its close tells all that matters.
    socket.on('error', () => {});
    outgoing.assignSocket(socket);
    outgoing.shouldKeepAlive = false;
    outgoing.once('finish', () => socket.destroySoon());
    return outgoing;
  }

  /** A session is kept while it has streams, and as long after them as a connection of HTTP/1.1. */
  private keep(session: ServerHttp2Session): void {
    let streams = 0;
    this.sessions.add(session);
    session.once('close', () => this.sessions.delete(session));
    session.on('stream', (stream) => {
      streams += 1;
      stream.once('close', () => {
        streams -= 1;
      });
    });
    session.setTimeout(KEPT_IDLE_MS, () => {
      // Not `close`, which waits for a stream whose head has begun and may never end.
      if (streams === 0) session.destroy();
    });
  }

  /** Until the upstream agrees this is a request like any other. */
  private acceptUpgrade(incoming: IncomingMessage, socket: Socket, head: Buffer): void {
    const outgoing = this.lastResponse(incoming, socket);
    rememberUpgrade(incoming, { socket, head });
    this.accept(incoming, outgoing);
  }

  private accept(incoming: IncomingMessage, outgoing: ServerResponse, invite?: () => void): void {
    this.unused.delete(incoming.socket);
    if (!hasItsVersion(incoming)) {
      incoming.httpVersionMajor = 1;
      outgoing.once('finish', () => incoming.socket.destroySoon());
      this.handler.handleMalformed(incoming, outgoing, 400);
      return;
    }
    if (this.node.isDraining) outgoing.shouldKeepAlive = false;
    this.handler.handle(incoming, outgoing, invite);
  }

  /**
   * Readiness has turned off first, and the load balancer has had its time to see it. Now nothing new is accepted; what
   * runs may finish within the grace time; what is left then is cut.
   */
  async beforeApplicationShutdown(): Promise<void> {
    this.node.drain();
    if (this.settings.drainDelay > 0) await setTimeout(this.settings.drainDelay);
    const closed = this.servers.map((server) => new Promise<void>((done) => server.close(() => done())));
    const underWay = this.handler.underWay();
    for (const outgoing of underWay) {
      if (!outgoing.headersSent) outgoing.shouldKeepAlive = false;
      // A head that left before now promised to keep the connection; it closes all the same when its response is over.
      if (outgoing.req.httpVersionMajor === 1) outgoing.once('close', () => outgoing.req.socket.end());
    }
    const busySockets = new Set(underWay.map((outgoing) => outgoing.req.socket));
    for (const socket of this.sockets) {
      if (!busySockets.has(socket) && !this.unused.has(socket) && !isHttp2(socket)) socket.end();
    }
    for (const session of this.sessions) session.close();
    const grace = new AbortController();
    const cut = setTimeout(this.settings.shutdownTimeout, undefined, { signal: grace.signal }).then(
      () => {
        logger.warn(`${this.handler.underWay().length} requests did not finish within the grace time and are cut`);
        for (const socket of this.sockets) if (!isHttp2(socket)) socket.destroy();
        // With a code, or its streams would look as if they had ended.
        for (const session of this.sessions) session.destroy(undefined, constants.NGHTTP2_INTERNAL_ERROR);
      },
      () => undefined,
    );
    // A client that has just connected sends its request without knowing that we stop, and gets its answer.
    const waited = setTimeout(FIRST_REQUEST_MS, undefined, { signal: grace.signal }).then(
      () => {
        for (const socket of this.unused) if (!isHttp2(socket)) socket.end();
      },
      () => undefined,
    );
    await Promise.race([Promise.all(closed), cut]);
    // What was cut is logged all the same, once its connections have closed.
    const patience = performance.now() + LOGGING_MS;
    while (this.handler.underWay().length > 0 && performance.now() < patience) await setTimeout(10);
    // Those that ended last are logged at the end of this turn.
    await endOfTurn();
    grace.abort();
    await waited;
    clearInterval(this.looking);
    await this.upstreams.close();
  }
}
