import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import type { Listener } from '../config/listener.js';
import { Settings } from '../config/settings.js';
import { isStatusPath } from '../status/status-path.js';

/**
 * The listeners people and tools talk to: the Admin API and the status API. Both hand their requests to one Fastify
 * router, so that controllers exist once; on the status port everything but status is unknown.
 */
@Injectable()
export class NodeServer implements OnApplicationShutdown {
  private readonly servers: Server[] = [];
  private readonly statusPorts = new Set<number>();

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly settings: Settings,
  ) {}

  /** Opens every listener; answers with the addresses they got. */
  async listen(): Promise<{ admin: string[]; status: string[] }> {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    await fastify.ready();
    const admin = [];
    for (const listener of this.settings.adminListen) {
      if (!listener.tls) admin.push((await this.open(listener, fastify)).address);
    }
    const status = [];
    for (const listener of this.settings.statusListen) {
      if (listener.tls) continue;
      const { address, port } = await this.open(listener, fastify);
      this.statusPorts.add(port);
      status.push(address);
    }
    return { admin, status };
  }

  /** Must be called before the router is ready. */
  guardStatusPort(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request, reply, next) => {
      if (this.statusPorts.has(request.socket.localPort ?? 0) && !isStatusPath(request.url)) {
        void reply.code(404).header('content-type', 'application/json; charset=utf-8').send({ message: 'Not found' });
        return;
      }
      next();
    });
  }

  private async open({ host, port }: Listener, fastify: FastifyInstance): Promise<{ address: string; port: number }> {
    const server = createServer((incoming, outgoing) => fastify.routing(incoming, outgoing));
    server.listen({ host, port });
    await once(server, 'listening');
    this.servers.push(server);
    const bound = server.address() as AddressInfo;
    const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
    return { address: `http://${name}:${bound.port}`, port: bound.port };
  }

  /** Last of all: health and metrics answer until the proxy has finished. */
  onApplicationShutdown(): void {
    for (const server of this.servers) {
      server.close();
      server.closeAllConnections();
    }
  }
}
