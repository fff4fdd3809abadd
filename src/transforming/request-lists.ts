import { ListOf, Text } from '../entities/field.js';
import { text } from '../entities/field-schema.js';
import { entryOf } from './entry.js';
import { templateFault } from './template.js';

/** Kinds of configuration lists that the request transformers share. Texts are Kong's (request-transformer/schema.lua). */

const HEADER_NAME = /^[A-Za-z0-9_-]+$/;
export const PAIR = [/^[^:]+:.*$/s, 'invalid value: %s'] as const;

const headerName = (name: string) => (HEADER_NAME.test(name) ? undefined : `'${name}' is not a valid header`);
export const namesAHeader = (line: string) => headerName(entryOf(line).name);

/** Rule for `old:new`: both must be names of headers. */
export function namesTwoHeaders(line: string): string | undefined {
  const { name, value } = entryOf(line);
  return headerName(name) ?? headerName(value);
}

/** Rule for `name:value`: both must be there, and the value a template that can be read. */
export function needsValue(line: string): string | undefined {
  const { name, value } = entryOf(line);
  if (name === '' || value === '') return `key '${name}' has no value`;
  const fault = templateFault(value);
  return fault === undefined ? undefined : `value '${value}' is not in supported format, error:${fault}`;
}

export class RemovedParts {
  /** Names of body parameters. */
  @ListOf(text(), { required: true }) body: string[] = [];
  /** Names of headers. */
  @ListOf(text({ rule: namesAHeader }), { required: true }) headers: string[] = [];
  /** Names of query arguments. */
  @ListOf(text(), { required: true }) querystring: string[] = [];
}

export class RenamedParts {
  /** `old:new` names of body parameters. */
  @ListOf(text({ rule: needsValue }), { required: true }) body: string[] = [];
  /** `old:new` names of headers. */
  @ListOf(text({ matches: PAIR, rule: namesTwoHeaders }), { required: true }) headers: string[] = [];
  /** `old:new` names of query arguments. */
  @ListOf(text({ rule: needsValue }), { required: true }) querystring: string[] = [];
}

export class ValuedParts {
  /** `name:value` of body parameters. */
  @ListOf(text({ rule: needsValue }), { required: true }) body: string[] = [];
  /** `name:value` of headers. */
  @ListOf(text({ matches: PAIR, rule: namesAHeader }), { required: true }) headers: string[] = [];
  /** `name:value` of query arguments. */
  @ListOf(text({ rule: needsValue }), { required: true }) querystring: string[] = [];
}

export class ReplacedParts extends ValuedParts {
  /** The whole path sent upstream; the client's query string stays. */
  @Text() uri?: string;
}
