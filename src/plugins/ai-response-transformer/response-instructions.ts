import { JsonMembers } from '../../ai/json/json-members.js';
import { MemberNames } from '../../ai/json/member-names.js';

/** What a model wants the client to get, checked. */
export interface ResponseInstructions {
  readonly status: number;
  /** In place of the upstream's of that name; every value is a header line of its own. */
  readonly headers: readonly (readonly [name: string, values: readonly string[]])[];
  readonly body: Buffer;
}

export type ReadInstructions = { readonly instructions: ResponseInstructions } | { readonly problem: string };

const MEMBERS = new MemberNames(['status', 'headers', 'body']);
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;
/** Anything else could end a header line and begin another, or is no byte (RFC 9110, 5.5). */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Say how the message is framed or coded, or belong to the connection: the gateway's alone (RFC 9110, 7.6.1). */
const RESERVED = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
/** Most clients take no more in all (node:http, nginx). */
const MOST_HEADER_BYTES = 16 * 1024;

/** Whatever is wrong makes the whole unusable: half an instruction is not what anybody meant. */
class Unusable extends Error {}

/**
 * Reads `{"status"?, "headers"?, "body"?}`: the status is 200 where there is none, and without `body` the whole is the body
 * (Kong: kong/llm/init.lua, parse_json_instructions). A model's words are checked as a stranger's. A body that is JSON stays as
 * the model wrote it, so that no number is rounded and no name moves.
 */
export function readInstructions(text: string): ReadInstructions {
  try {
    const value = parsed(text);
    const bytes = Buffer.from(text);
    const status = statusIn(value['status']);
    const headers = headersIn(value['headers']);
    const body = bodyIn(value['body'], JsonMembers.of(bytes, MEMBERS)?.slice('body'), bytes);
    return { instructions: { status, headers, body } };
  } catch (error) {
    if (error instanceof Unusable) return { problem: error.message };
    throw error;
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Unusable(notJson(text));
  }
  // Kong's words.
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Unusable('input not table or string');
  return value as Record<string, unknown>;
}

/** Kong's words for prose, which is what a model that ignores its instructions writes. */
function notJson(text: string): string {
  const start = text.search(/[^ \t\r\n]/);
  if (start < 0) return `Expected value but found T_END at character ${text.length + 1}`;
  return /^(?:[[{"\d-]|true|false|null)/.test(text.slice(start, start + 5))
    ? 'the input is not JSON'
    : `Expected value but found invalid token at character ${start + 1}`;
}

/** 1xx is no end of an exchange: the client would go on waiting. */
function statusIn(status: unknown): number {
  if (status === undefined || status === null) return 200;
  if (Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 599) return status as number;
  throw new Unusable(`'status' must be a whole number between 200 and 599, not ${shown(status)}`);
}

function bodyIn(body: unknown, json: Buffer | undefined, whole: Buffer): Buffer {
  if (body === undefined) return whole;
  if (body === null) return Buffer.alloc(0);
  if (typeof body === 'string') return Buffer.from(body);
  if (typeof body === 'object' && json) return json;
  throw new Unusable(`'body' must be a text, an object or a list, not ${shown(body)}`);
}

function headersIn(headers: unknown): ResponseInstructions['headers'] {
  if (headers === undefined || headers === null) return [];
  if (typeof headers !== 'object' || Array.isArray(headers)) {
    throw new Unusable(`'headers' must be an object of names and values, not ${shown(headers)}`);
  }
  let size = 0;
  return Object.entries(headers).map(([name, given]: [string, unknown]) => {
    if (!TOKEN.test(name)) throw new Unusable(`${shown(name)} is no name of a header`);
    if (RESERVED.has(name.toLowerCase())) throw new Unusable(`the header ${shown(name)} is not the model's to set`);
    const values = (Array.isArray(given) ? given : [given]).map((value: unknown) => headerValue(name, value));
    for (const value of values) size += name.length + value.length;
    if (size > MOST_HEADER_BYTES) throw new Unusable(`'headers' are larger than ${MOST_HEADER_BYTES} bytes`);
    return [name, values] as const;
  });
}

function headerValue(name: string, value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') throw new Unusable(`the value of the header ${shown(name)} must be a text`);
  if (!VALUE.test(value)) throw new Unusable(`the value of the header ${shown(name)} holds what no header may hold`);
  return value;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
