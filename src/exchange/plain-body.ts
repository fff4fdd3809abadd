import { Logger } from '@nestjs/common';
import type { Bytes } from '../entities/units.js';
import type { AccessRequest } from '../pdk/plugin.js';
import type { BodyRead } from '../pdk/request-body.js';
import { inflated, isCoded } from '../transport/content-coding.js';
import { NO_PROMPT, type Refusal } from './refusal.js';

const logger = new Logger('ai');

/** A client's whole body without its content coding. */
export type PlainBody = { readonly bytes: Buffer } | { readonly refusal: Refusal };

/**
 * Reads the client's body and undoes its content coding, which then is undone for whoever comes later as well. `limit`: the
 * most it may be, as sent and inflated; 0: no limit. Whatever is wrong with it the client hears what Kong says; the log says
 * why.
 */
export function readPlainBody(request: AccessRequest, limit: Bytes): PlainBody | Promise<PlainBody> {
  const read = request.body.read(limit);
  return read instanceof Promise ? read.then((done) => taken(request, done, limit)) : taken(request, read, limit);
}

/** Says in the log why a body is refused; the client is told no more than Kong tells it. */
export function refusedBody({ id }: AccessRequest, why: string): { readonly refusal: Refusal } {
  logger.warn(`request ${id}: its body was refused: ${why}`);
  return { refusal: NO_PROMPT };
}

function taken(request: AccessRequest, read: BodyRead, limit: Bytes): PlainBody | Promise<PlainBody> {
  switch (read.state) {
    case 'too-large':
      return tooLarge(request, limit);
    case 'aborted':
      return { refusal: NO_PROMPT };
    case 'complete': {
      const coding = request.header('content-encoding');
      // A body that a plugin wrote is plain, whatever the client's was.
      if (!isCoded(coding) || request.body.isReplaced) return read;
      return inflate(request, read.bytes, coding, limit);
    }
  }
}

async function inflate(request: AccessRequest, bytes: Buffer, coding: string, limit: Bytes): Promise<PlainBody> {
  const result = await inflated(bytes, coding, limit);
  switch (result.state) {
    case 'too-large':
      return tooLarge(request, limit, ', inflated,');
    case 'unknown-coding':
      return refusedBody(request, `its content coding '${coding.slice(0, 100)}' is not known`);
    case 'broken':
      return refusedBody(request, `its ${coding} coding is broken`);
    case 'plain':
      request.body.replace(result.bytes);
      request.headers.remove('content-encoding');
      return result;
  }
}

/** `how`: in which state it is, where that needs saying. */
export function tooLarge(request: AccessRequest, limit: Bytes, how = ''): { readonly refusal: Refusal } {
  return refusedBody(
    request,
    `it${how} is larger than the plugin's max_request_body_size of ${limit} bytes; raise that`,
  );
}
