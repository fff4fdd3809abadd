import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import type { Listener } from '../config/listener.js';
import { Settings } from '../config/settings.js';
import { NodeState } from '../observability/node-state.js';
import { UpstreamClient } from '../transport/upstream-client.js';
import { refuseMalformed } from './malformed-request.js';
import { ProxyHandler } from './proxy.handler.js';
import { rememberUpgrade } from './upgraded-connection.js';

const logger = new Logger('proxy');

/** Kong: four buffers of 8 KiB (large_client_header_buffers). */
const MAX_HEADER_BYTES = 32 * 1024;
/** Longer than the idle time of common load balancers (60 s), so that they close first and never meet a closing connection. */
const KEEP_ALIVE_MS = 65_000;

/**
 * The listeners clients talk to: plain node:http servers, because a controller, a pipe or an interceptor per request costs
 * more than all our own work on it. Started by the bootstrap once a configuration is in force.
 */
@Injectable()
export class ProxyServer implements BeforeApplicationShutdown {
  private readonly servers: Server[] = [];
  private readonly busy = new Set<ServerResponse>();

  constructor(
    private readonly handler: ProxyHandler,
    private readonly node: NodeState,
    private readonly settings: Settings,
    private readonly upstreams: UpstreamClient,
  ) {}

  /** Opens every listener of `proxy_listen`; answers with the addresses they got. */
  async listen(): Promise<string[]> {
    const addresses: string[] = [];
    for (const listener of this.settings.proxyListen) {
      if (listener.tls) {
        logger.warn(`proxy_listen ${listener.host}:${listener.port} ssl is left out: TLS listeners are not built yet`);
        continue;
      }
      addresses.push(await this.open(listener));
    }
    return addresses;
  }

  private async open({ host, port, backlog, ipv6Only }: Listener): Promise<string> {
    const server = createServer({
      keepAliveTimeout: KEEP_ALIVE_MS,
      noDelay: true,
      maxHeaderSize: MAX_HEADER_BYTES,
      // A WebSocket may be agreed on; any other upgrade a client offers is ignored, as it may be (RFC 9110, 7.8).
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
      // Answered by us, with a body that says what is wrong.
      requireHostHeader: false,
    });
    server.maxRequestsPerSocket = this.settings.keepaliveRequests;
    // A stream may take as long as it likes; what must not last is the sending of a request's head.
    server.requestTimeout = 0;
    server.headersTimeout = 60_000;
    server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => this.accept(incoming, outgoing));
    server.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) =>
      this.accept(incoming, outgoing, () => outgoing.writeContinue()),
    );
    server.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
      const outgoing = new ServerResponse(incoming);
      outgoing.assignSocket(socket);
      // Until the upstream agrees this is a request like any other, and its answer the connection's last.
      outgoing.shouldKeepAlive = false;
      outgoing.once('finish', () => socket.destroySoon());
      rememberUpgrade(incoming, { socket, head });
      this.accept(incoming, outgoing);
    });
    server.on('clientError', refuseMalformed);
    server.on('connect', (_incoming: IncomingMessage, socket: Socket) => refuseMalformed({ code: 'CONNECT' }, socket));
    server.on('connection', (socket: Socket) => {
      this.node.traffic.connectionOpened();
      socket.once('close', () => this.node.traffic.connectionClosed());
    });
    server.listen({ host, port, ...(backlog !== undefined && { backlog }), ...(ipv6Only && { ipv6Only }) });
    await once(server, 'listening');
    this.servers.push(server);
    const { address, port: actual } = server.address() as AddressInfo;
    return `http://${address.includes(':') ? `[${address}]` : address}:${actual}`;
  }

  private accept(incoming: IncomingMessage, outgoing: ServerResponse, invite?: () => void): void {
    this.busy.add(outgoing);
    outgoing.once('close', () => this.busy.delete(outgoing));
    if (this.node.isDraining) outgoing.shouldKeepAlive = false;
    this.handler.handle(incoming, outgoing, invite);
  }

  /**
   * Readiness has turned off first, and the load balancer has had its time to see it. Now nothing new is accepted; what
   * runs may finish within the grace time; what is left then is cut.
   */
  async beforeApplicationShutdown(): Promise<void> {
    this.node.drain();
    if (this.settings.drainDelay > 0) await new Promise((resolve) => setTimeout(resolve, this.settings.drainDelay));
    const closed = Promise.all(this.servers.map((server) => new Promise<void>((done) => server.close(() => done()))));
    for (const server of this.servers) server.closeIdleConnections();
    for (const outgoing of this.busy) if (!outgoing.headersSent) outgoing.shouldKeepAlive = false;
    const cut = setTimeout(() => {
      logger.warn(`${this.busy.size} requests did not finish within the grace time and are cut`);
      for (const server of this.servers) server.closeAllConnections();
    }, this.settings.shutdownTimeout);
    // A response whose head left before draining began keeps its connection open; it closes when the response is over.
    for (const outgoing of this.busy) outgoing.once('close', () => outgoing.req.socket.end());
    await closed;
    clearTimeout(cut);
    await this.upstreams.close();
  }
}
