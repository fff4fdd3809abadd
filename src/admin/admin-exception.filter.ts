import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { JSON_TYPE } from './admin-adapter.js';
import { AdminEndpoints } from './admin-endpoints.js';

const logger = new Logger('admin');

/** Fastify's own refusals, in Kong's words. */
const MESSAGES: Record<number, string> = {
  400: 'Bad request',
  404: 'Not found',
  405: 'Method not allowed',
  413: 'Payload too large',
};

/**
 * Answers what went wrong in Kong's form: `{"message": "…"}`. An exception that carries a body of its own is answered with
 * that. The rest is unforeseen: the client learns nothing of it, the log everything.
 */
@Catch()
export class AdminExceptionFilter implements ExceptionFilter {
  constructor(private readonly endpoints: AdminEndpoints) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (reply.sent) return;
    if (!(exception instanceof HttpException)) {
      const request = host.switchToHttp().getRequest<FastifyRequest>();
      const shown = exception instanceof Error ? (exception.stack ?? exception.message) : String(exception);
      logger.error(`${request.method} ${request.url.split('?')[0]} failed: ${shown}`);
      void reply.code(500).type(JSON_TYPE).send({ message: 'An unexpected error occurred' });
      return;
    }
    const body = exception.getResponse();
    const status = this.statusOf(exception, host);
    if (body === '') void reply.code(status).send();
    else
      void reply
        .code(status)
        .type(JSON_TYPE)
        .send(isOurs(body) ? body : { message: MESSAGES[status] ?? body });
  }

  /** To the router a path with another method is another path. */
  private statusOf(exception: HttpException, host: ArgumentsHost): number {
    const status = exception.getStatus();
    if (status !== 404 || isOurs(exception.getResponse())) return status;
    const { url } = host.switchToHttp().getRequest<FastifyRequest>();
    return this.endpoints.methodsOf(url.split('?')[0] as string) ? 405 : 404;
  }
}

/** Nest's own exceptions carry a `statusCode`, ours never do. */
const isOurs = (body: string | object): body is object => typeof body === 'object' && !('statusCode' in body);
