import { createServer, type RequestListener, type Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { listenOn, type OpenListener } from '../config/listen-on.js';
import type { Listener } from '../config/listener.js';
import { Settings } from '../config/settings.js';
import { isStatusPath } from '../status/status-path.js';
import { AdminAccess } from './admin-access.js';
import { JSON_TYPE } from './admin-adapter.js';
import { AdminManners } from './admin-manners.js';
import { secureServer } from './admin-tls.js';

/**
 * The listeners people and tools talk to: the Admin API and the status API. Both hand their requests to one Fastify
 * router, so that controllers exist once; on the status port everything but status is unknown, and anybody may ask.
 */
@Injectable()
export class NodeServer implements OnApplicationShutdown {
  private readonly servers: (Server | SecureServer)[] = [];
  private readonly statusPorts = new Set<number>();

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly settings: Settings,
    private readonly access: AdminAccess,
    private readonly manners: AdminManners,
  ) {}

  /** Says who may ask for what. Must be called before controllers declare their routes. */
  prepare(fastify: FastifyInstance): void {
    this.manners.watch(fastify);
    fastify.addHook('onRequest', (request, reply, next) => {
      if (this.isStatusPort(request)) {
        if (isStatusPath(request.url)) next();
        else void reply.code(404).type(JSON_TYPE).send({ message: 'Not found' });
        return;
      }
      this.manners.greet(request, reply);
      const refusal = this.access.refusal(request);
      if (refusal) void reply.code(refusal.status).type(JSON_TYPE).send(refusal.body);
      else if (request.method === 'OPTIONS') this.manners.answerOptions(request, reply);
      else next();
    });
    fastify.addHook('onSend', (request, reply, _payload, next) => {
      if (!this.isStatusPort(request)) this.manners.sign(reply);
      next();
    });
  }

  /** Opens every listener; answers with the addresses they got. */
  async listen(): Promise<{ admin: string[]; status: string[] }> {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    await fastify.ready();
    this.access.warnOfOpenDoors();
    const admin = [];
    for (const listener of this.settings.adminListen) {
      admin.push((await this.open(listener, fastify, 'KONG_ADMIN_LISTEN')).address);
    }
    // Last, because it is asked whether everything else is open.
    const status = [];
    for (const listener of this.settings.statusListen) {
      this.statusPorts.add(listener.port);
      const { address, port } = await this.open(listener, fastify, 'KONG_STATUS_LISTEN');
      this.statusPorts.add(port);
      status.push(address);
    }
    return { admin, status };
  }

  private isStatusPort({ socket }: FastifyRequest): boolean {
    return this.statusPorts.has(socket.localPort ?? 0);
  }

  /** HTTP/1.1 only: the flag http2 offers what nobody who speaks to these listeners needs. */
  private async open(listener: Listener, fastify: FastifyInstance, setting: string): Promise<OpenListener> {
    const answer: RequestListener = (incoming, outgoing) => fastify.routing(incoming, outgoing);
    const server = listener.tls ? secureServer(this.settings, answer) : createServer(answer);
    const open = await listenOn(server, listener, setting);
    this.servers.push(server);
    return open;
  }

  /** Last of all: health and metrics answer until the proxy has finished. */
  onApplicationShutdown(): void {
    for (const server of this.servers) {
      server.close();
      server.closeAllConnections();
    }
  }
}
