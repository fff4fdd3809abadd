import type { FieldSchema } from '../entities/field-schema.js';
import type { PathStep } from './configuration-problem.js';
import { nearestName } from './nearest-name.js';

/** How a value of each type is written. */
const WRITTEN: Record<FieldSchema['type'], string> = {
  string: 'write text, in quotes where YAML would read a number or a boolean',
  integer: 'write a whole number, without quotes',
  number: 'write a number, without quotes',
  boolean: 'write true or false, without quotes',
  array: 'write a list, such as [a, b]',
  set: 'write a list, such as [a, b]',
  map: 'write names and values below it',
  record: 'write its fields below it',
  foreign: "write the other entity's name or id",
  any: 'write a value',
};

/**
 * What to do about a mistake: the name that was probably meant, or how such a value is written.
 * `known`: the fields there are, for an unknown one, whose name is then the `value`.
 */
export function remedyFor(
  message: string,
  schema: FieldSchema | undefined,
  value: unknown,
  path: readonly PathStep[],
  known: readonly string[] = [],
): string {
  if (message === 'unknown field') return chooseFrom(value, known, 'remove it');
  if (message === 'required field missing') {
    const name = path.findLast((step) => typeof step === 'string') ?? '';
    return `add ${name}: ${schema ? WRITTEN[schema.type] : WRITTEN.any}`;
  }
  if (message === 'value must be null') return 'remove it';
  if (message.startsWith('expected one of: ')) {
    return chooseFrom(value, message.slice('expected one of: '.length).split(', '), 'use one of these');
  }
  if (/^expected an? /.test(message) && schema) return WRITTEN[schema.type];
  if (message.startsWith('value ')) return 'use a value within these bounds';
  if (message.startsWith('length ')) return value === '' ? 'fill it in or remove it' : 'make it longer or shorter';
  return 'change the value as this says';
}

/** The nearest name, or all of them where none is near. */
export function chooseFrom(name: unknown, known: readonly string[], otherwise: string): string {
  const nearest = typeof name === 'string' ? nearestName(name, known) : undefined;
  if (nearest !== undefined) return `did you mean '${nearest}'?`;
  return known.length > 0 ? `${otherwise}; known: ${known.join(', ')}` : otherwise;
}
