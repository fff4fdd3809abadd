import type { FastifyReply } from 'fastify';
import type { EntityError, Outcome } from '../store/entity-error.js';

/** What a request is answered with. */
export interface AdminAnswer {
  readonly status: number;
  /** `undefined`: nothing. */
  readonly body: object | undefined;
}

export const ok = (body: object): AdminAnswer => ({ status: 200, body });
export const created = (body: object): AdminAnswer => ({ status: 201, body });
export const NO_CONTENT: AdminAnswer = { status: 204, body: undefined };
export const notFound = (message: string): AdminAnswer => ({ status: 404, body: { message } });
export const unauthorized = (message: string): AdminAnswer => ({ status: 401, body: { message } });
export const forbidden = (message: string): AdminAnswer => ({ status: 403, body: { message } });
export const NOT_FOUND = notFound('Not found');

/** Source: Kong kong/api/endpoints.lua, ERRORS_HTTP_CODES. Everything else is the client's mistake: 400. */
const STATUS: Partial<Record<EntityError['code'], number>> = { 5: 409, 12: 405 };

export const failed = (error: EntityError): AdminAnswer => ({ status: STATUS[error.code] ?? 400, body: error });

export const answered = <T>(outcome: Outcome<T>, good: (value: T) => AdminAnswer): AdminAnswer =>
  'error' in outcome ? failed(outcome.error) : good(outcome.value);

export async function send(reply: FastifyReply, answer: AdminAnswer | Promise<AdminAnswer>): Promise<void> {
  const { status, body } = await answer;
  await reply.code(status).send(body);
}
