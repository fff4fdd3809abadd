import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Settings } from '../config/settings.js';
import { PRODUCT } from '../entities/product.js';
import { AdminEndpoints } from './admin-endpoints.js';

/**
 * What every answer of the Admin API has in common: who may read it in a browser, who answered and how long that took; and
 * what a path answers to OPTIONS. Source: Kong kong/api/api_helpers.lua (cors_filter, options_method).
 */
@Injectable()
export class AdminManners {
  constructor(
    private readonly settings: Settings,
    private readonly endpoints: AdminEndpoints,
  ) {}

  /** Learns which paths there are. Must be called before they are declared. */
  watch(fastify: FastifyInstance): void {
    this.endpoints.watch(fastify);
  }

  greet(request: FastifyRequest, reply: FastifyReply): void {
    reply.header('Access-Control-Allow-Origin', request.headers.origin ?? '*');
    reply.header('Access-Control-Allow-Credentials', 'true');
  }

  sign(reply: FastifyReply): void {
    const { headers } = this.settings;
    if (headers.has('X-Kong-Admin-Latency')) {
      reply.header('X-Kong-Admin-Latency', String(Math.round(reply.elapsedTime)));
    }
    if (headers.has('Server')) reply.header('Server', PRODUCT.token);
  }

  answerOptions({ url, headers }: FastifyRequest, reply: FastifyReply): void {
    const methods = this.endpoints.methodsOf(url.split('?')[0] as string)?.join(', ');
    if (methods === undefined) {
      void reply.code(404).send({ message: 'Not found' });
      return;
    }
    reply.header('Allow', methods);
    reply.header('Access-Control-Allow-Methods', methods);
    reply.header('Access-Control-Allow-Headers', headers['access-control-request-headers'] ?? 'Content-Type');
    void reply.code(204).send();
  }
}
