import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { HttpException } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { NOT_UTF8 } from '../config/declarative-reader.js';
import { kongTextError } from '../config/kong-error.js';
import { isNestedDeeper, MOST_LEVELS } from '../config/nesting.js';
import { formRecord } from './form-record.js';

/** How a request's body was written. */
export type BodyForm =
  /** Values have the types they were written with. */
  | 'json'
  /** URL-encoded or multipart: values are texts, and their types are for the schema to say. */
  | 'form'
  /** YAML, which only `/config` takes. */
  | 'text'
  | 'none';

/** A request's body as it came, beside `request.body`, which is what it says. */
export interface SentBody {
  readonly form: BodyForm;
  readonly text: string;
}

const NOTHING: SentBody = { form: 'none', text: '' };
const sent = new WeakMap<FastifyRequest, SentBody>();

export const sentBody = (request: FastifyRequest): SentBody => sent.get(request) ?? NOTHING;

/** Kong's limit for queries and forms; more is no configuration but an attempt to keep the gateway busy. */
const MOST_ARGUMENTS = 1000;

/**
 * Reads bodies as Kong's Admin API does: JSON, URL-encoded and multipart forms everywhere, YAML on `/config`. Source: Kong
 * kong/api/api_helpers.lua (before_filter, parse_params) and arguments.lua.
 */
export function readBodies(fastify: FastifyInstance): void {
  fastify.addHook('preParsing', (request, _reply, _payload, next) => {
    const [, query = ''] = request.url.split('?');
    next(query.split('&', MOST_ARGUMENTS + 1).length > MOST_ARGUMENTS ? tooMany() : null);
  });
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, async (request: FastifyRequest, bytes: Buffer) => {
    const { body, form } = await readBody(request, bytes);
    sent.set(request, { form, text: form === 'form' ? '' : bytes.toString() });
    return body;
  });
}

async function readBody(request: FastifyRequest, bytes: Buffer): Promise<{ body: unknown; form: BodyForm }> {
  const type = (request.headers['content-type'] ?? '').toLowerCase();
  if (type.startsWith('application/json')) return { body: recordIn(bytes), form: 'json' };
  if (type.startsWith('application/x-www-form-urlencoded')) {
    return { body: formRecord(few([...new URLSearchParams(bytes.toString())])), form: 'form' };
  }
  if (type.startsWith('multipart/form-data')) return { body: await multipart(request.headers, bytes), form: 'form' };
  if (/^(application|text)\/yaml/.test(type) && request.url.startsWith('/config')) {
    if (!isUtf8(bytes)) throw new HttpException(kongTextError(NOT_UTF8), 400);
    return { body: {}, form: 'text' };
  }
  // Kong only looks at the type of bodies that mean something.
  if (request.method === 'DELETE' || request.method === 'GET') return { body: {}, form: 'none' };
  throw new HttpException('', 415);
}

const tooMany = () => new HttpException({ message: 'Too many arguments' }, 400);

const unreadable = () => new HttpException({ message: 'Cannot parse JSON body' }, 400);

function recordIn(bytes: Buffer): unknown {
  let value: unknown;
  try {
    // Bytes that are no text would be kept as something else than what was sent.
    if (!isUtf8(bytes)) throw new SyntaxError('not UTF-8');
    const text = bytes.toString();
    // Looked for first: the reviver would be called for every value of a large configuration.
    value = SUSPICIOUS.test(text) ? JSON.parse(text, refuse) : JSON.parse(text);
  } catch {
    throw unreadable();
  }
  if (typeof value !== 'object' || value === null || isNestedDeeper(value, MOST_LEVELS)) throw unreadable();
  return value;
}

const HALF_PAIR = /\p{Cs}/u;
const SUSPICIOUS = /__proto__|\\u[dD][89a-fA-F]/;

/**
 * A member called `__proto__` would become the prototype of whatever it is copied to, and half of a surrogate pair cannot
 * be stored.
 */
function refuse(name: string, value: unknown): unknown {
  if (name === '__proto__') throw new SyntaxError('__proto__ is not a field');
  if (HALF_PAIR.test(name) || (typeof value === 'string' && HALF_PAIR.test(value))) {
    throw new SyntaxError('half of a surrogate pair is no character');
  }
  return value;
}

async function multipart(headers: IncomingHttpHeaders, bytes: Buffer): Promise<unknown> {
  const fields: [string, string][] = [];
  try {
    const response = new Response(new Uint8Array(bytes), {
      headers: { 'content-type': headers['content-type'] ?? '' },
    });
    for (const [name, value] of await response.formData()) {
      fields.push([name, typeof value === 'string' ? value : await value.text()]);
    }
  } catch {
    throw new HttpException({ message: 'Cannot parse multipart body' }, 400);
  }
  return formRecord(few(fields));
}

function few(fields: [string, string][]): [string, string][] {
  if (fields.length > MOST_ARGUMENTS) throw tooMany();
  return fields;
}
