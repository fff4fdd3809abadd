import { Logger } from '@nestjs/common';
import { JsonMembers } from '../ai/stream/json-members.js';
import type { Bytes } from '../entities/units.js';
import type { AccessRequest } from '../pdk/plugin.js';
import type { BodyRead } from '../pdk/request-body.js';
import { inflated, isCoded } from './body-inflation.js';
import { NO_PROMPT, type Refusal } from './refusal.js';

const logger = new Logger('ai');

/** A client's body read and understood as far as a gateway must; `undefined` members: there is no body. */
export type RequestRead = { readonly members: JsonMembers | undefined } | { readonly refusal: Refusal };

export interface ReadOptions {
  /** 0: no limit. */
  readonly limit: Bytes;
  /** The members anybody will look at. */
  readonly names: ReadonlySet<string>;
  /** A call that may come without a body. */
  readonly mayBeEmpty: boolean;
}

/**
 * Reads the client's body, undoes its content coding, and finds its members. Whatever is wrong with it the client hears what
 * Kong says; the log says why.
 */
export function readRequest(request: AccessRequest, options: ReadOptions): RequestRead | Promise<RequestRead> {
  const type = request.header('content-type');
  const { announced } = request.body;
  if (announced !== 'none' && type !== undefined && !type.toLowerCase().includes('application/json')) {
    return refused(request, `its content type '${type.slice(0, 100)}' is not application/json`);
  }
  const read = request.body.read(options.limit);
  return read instanceof Promise ? read.then((done) => taken(request, done, options)) : taken(request, read, options);
}

function taken(request: AccessRequest, read: BodyRead, options: ReadOptions): RequestRead | Promise<RequestRead> {
  switch (read.state) {
    case 'too-large':
      return tooLarge(request, options.limit, '');
    case 'aborted':
      return { refusal: NO_PROMPT };
    case 'complete': {
      const coding = request.header('content-encoding');
      // A body that a plugin wrote is plain, whatever the client's was.
      if (!isCoded(coding) || request.body.isReplaced) return understood(request, read.bytes, options);
      return inflate(request, read.bytes, coding, options);
    }
  }
}

async function inflate(
  request: AccessRequest,
  bytes: Buffer,
  coding: string,
  options: ReadOptions,
): Promise<RequestRead> {
  const result = await inflated(bytes, coding, options.limit);
  switch (result.state) {
    case 'too-large':
      return tooLarge(request, options.limit, ', inflated,');
    case 'unknown-coding':
      return refused(request, `its content coding '${coding.slice(0, 100)}' is not known`);
    case 'broken':
      return refused(request, `its ${coding} coding is broken`);
    case 'plain':
      request.body.replace(result.bytes);
      request.headers.remove('content-encoding');
      return understood(request, result.bytes, options);
  }
}

function understood(request: AccessRequest, bytes: Buffer, { names, mayBeEmpty }: ReadOptions): RequestRead {
  if (bytes.length === 0 && mayBeEmpty) return { members: undefined };
  const members = JsonMembers.of(bytes, names);
  return members ? { members } : refused(request, bytes.length === 0 ? 'it has none' : 'it is not a JSON object');
}

function tooLarge(request: AccessRequest, limit: Bytes, how: string): RequestRead {
  return refused(request, `it${how} is larger than the plugin's max_request_body_size of ${limit} bytes; raise that`);
}

function refused({ id }: AccessRequest, why: string): RequestRead {
  logger.warn(`request ${id}: its body was refused: ${why}`);
  return { refusal: NO_PROMPT };
}
