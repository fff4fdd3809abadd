import type { IncomingMessage } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Settings } from '../config/settings.js';
import { readBodies } from './sent-body.js';
import { withoutWorkspace } from './workspace.controller.js';

/** Kong's ids and names are short, but a regex or an encoded host may be asked for by its whole text. */
const LONGEST_PATH_PART = 1024;

/** The router of the Admin and Status API, with Kong's manners: what it reads, and how it takes paths. */
export function adminAdapter({ adminMaxBodySize }: Settings): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: adminMaxBodySize || Number.MAX_SAFE_INTEGER,
    rewriteUrl: ({ url = '/' }: IncomingMessage) => withoutWorkspace(url),
    // Paths that cannot be decoded.
    frameworkErrors: (_error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
      void reply.code(400).type(JSON_TYPE).send({ message: 'Bad request' });
    },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: LONGEST_PATH_PART },
  });
  readBodies(adapter.getInstance<FastifyInstance>());
  return adapter;
}

export const JSON_TYPE = 'application/json; charset=utf-8';
