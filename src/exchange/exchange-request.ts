import { JsonMembers } from '../ai/json/json-members.js';
import type { MemberNames } from '../ai/json/member-names.js';
import type { Bytes } from '../entities/units.js';
import type { AccessRequest } from '../pdk/plugin.js';
import { type PlainBody, readPlainBody, refusedBody } from './plain-body.js';
import type { Refusal } from './refusal.js';

/** A client's body read and understood as far as a gateway must; `undefined` members: there is no body. */
export type RequestRead = { readonly members: JsonMembers | undefined } | { readonly refusal: Refusal };

/** What a plugin asks of the reading of a client's body. */
export interface ReadOptions {
  /** 0: no limit. */
  readonly limit: Bytes;
  /** The members anybody will look at. */
  readonly names: MemberNames;
  /** A call that may come without a body. */
  readonly mayBeEmpty: boolean;
}

/** Reads the client's body and finds its members. Whatever is wrong with it the client hears what Kong says. */
export function readRequest(request: AccessRequest, options: ReadOptions): RequestRead | Promise<RequestRead> {
  const type = request.header('content-type');
  const { announced } = request.body;
  if (announced !== 'none' && type !== undefined && !type.toLowerCase().includes('application/json')) {
    return refusedBody(request, `its content type '${type.slice(0, 100)}' is not application/json`);
  }
  const read = readPlainBody(request, options.limit);
  return read instanceof Promise
    ? read.then((done) => understood(request, done, options))
    : understood(request, read, options);
}

function understood(request: AccessRequest, read: PlainBody, { names, mayBeEmpty }: ReadOptions): RequestRead {
  if ('refusal' in read) return read;
  const { bytes } = read;
  if (bytes.length === 0 && mayBeEmpty) return { members: undefined };
  const members = JsonMembers.of(bytes, names);
  return members ? { members } : refusedBody(request, bytes.length === 0 ? 'it has none' : 'it is not a JSON object');
}
