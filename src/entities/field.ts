import { ValidateBy } from 'class-validator';
import {
  anything,
  type Common,
  decimal,
  FIELD,
  type FieldSchema,
  flag,
  integer,
  type ListOptions,
  listOf,
  mapOf,
  type NumberOptions,
  type RecordClass,
  type ReferenceOptions,
  recordOf,
  referenceTo,
  setOf,
  type TextOptions,
  text,
} from './field-schema.js';
import { type CheckedField, checkedField } from './record-schema.js';

/**
 * Declares a field. It is an ordinary class-validator constraint, so `validate(instance)` works and speaks Kong's words;
 * `recordSchema` reads the same metadata once and compiles it, because interpreting it is too slow for thousands of Routes.
 */
export function Field(schema: FieldSchema): PropertyDecorator {
  let checked: CheckedField | undefined;
  const check = (value: unknown) => {
    checked ??= checkedField(schema);
    return checked(value).error;
  };
  return ValidateBy({
    name: FIELD,
    constraints: [schema],
    validator: {
      validate: (value) => check(value) === undefined,
      defaultMessage: (args) => {
        const error = check(args?.value);
        return typeof error === 'string' ? error : JSON.stringify(error);
      },
    },
  });
}

export const Text = (options?: TextOptions): PropertyDecorator => Field(text(options));
export const Integer = (options?: NumberOptions): PropertyDecorator => Field(integer(options));
export const Decimal = (options?: NumberOptions): PropertyDecorator => Field(decimal(options));
export const Flag = (options?: Common): PropertyDecorator => Field(flag(options));
export const Anything = (options?: Common): PropertyDecorator => Field(anything(options));
export const ListOf = (elements: FieldSchema | RecordClass, options?: ListOptions): PropertyDecorator =>
  Field(listOf(elements, options));
export const SetOf = (elements: FieldSchema, options?: ListOptions): PropertyDecorator =>
  Field(setOf(elements, options));
export const MapOf = (
  values: FieldSchema | RecordClass,
  options?: ListOptions & { keys?: FieldSchema },
): PropertyDecorator => Field(mapOf(values, options));
export const RecordOf = (record: RecordClass, options?: Common): PropertyDecorator => Field(recordOf(record, options));
export const ReferenceTo = (reference: string, options?: ReferenceOptions): PropertyDecorator =>
  Field(referenceTo(reference, options));
