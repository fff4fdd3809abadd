import { isDeepStrictEqual } from 'node:util';
import type { FieldSchema, RecordClass } from '../../src/entities/field-schema.js';
import { recordSchema } from '../../src/entities/record-schema.js';

/** A schema as Kong publishes it for documentation: JSON Schema with a few words of its own. */
export interface PublishedSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, PublishedSchema>>;
  readonly additionalProperties?: PublishedSchema | boolean;
  readonly items?: PublishedSchema;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly 'x-referenceable'?: boolean;
  readonly 'x-encrypted'?: boolean;
}

/** Where a class and a published schema part, as `path: what`. */
export function differences(record: RecordClass, published: PublishedSchema, path = 'config'): string[] {
  const { fields } = recordSchema(record);
  const properties = published.properties ?? {};
  const ours = new Set(fields.map(({ name }) => name));
  const missing = Object.keys(properties).filter((name) => !ours.has(name));
  return [
    ...missing.map((name) => `${path}.${name}: missing`),
    ...fields.flatMap(({ name, schema, default: value }) => {
      const theirs = properties[name];
      const at = `${path}.${name}`;
      if (!theirs) return [`${at}: not in the published schema`];
      const required = published.required?.includes(name) === true;
      return [
        ...fieldDifferences(schema, theirs, at),
        // A record is filled with its fields' defaults, of which its own would only be the sum.
        ...(schema.type === 'record' ? [] : compared(at, 'default', value, theirs.default, sameMembers)),
        // Kong lists no field as required that has a default, or is a record that can be empty.
        ...(required && schema.required !== true ? [`${at}: must be required`] : []),
        ...(!required && schema.required === true && value === undefined && !canBeEmpty(schema)
          ? [`${at}: must not be required`]
          : []),
      ];
    }),
  ];
}

function fieldDifferences(schema: FieldSchema, published: PublishedSchema, path: string): string[] {
  if (schema.type === 'any') return [];
  const types = TYPES[schema.type];
  if (published.type !== undefined && !types.includes(published.type)) {
    return [`${path}: type is ${schema.type}, published as ${published.type}`];
  }
  // Nothing is published of the secrecy of what lists and maps contain.
  const secrecy = /[\]}]$/.test(path)
    ? []
    : [
        ...compared(path, 'referenceable', schema.referenceable === true, published['x-referenceable'] === true),
        ...compared(path, 'encrypted', schema.encrypted === true, published['x-encrypted'] === true),
      ];
  switch (schema.type) {
    case 'string':
      return [
        ...secrecy,
        ...compared(path, 'enum', schema.oneOf, published.enum, sameMembers),
        // Text may not be empty unless it says so.
        ...bound(path, 'minLength', schema.minLength ?? 1, published.minLength),
        ...bound(path, 'maxLength', schema.maxLength, published.maxLength),
      ];
    case 'integer':
    case 'number':
      return [
        ...secrecy,
        ...compared(path, 'enum', schema.oneOf, published.enum, sameMembers),
        ...bound(path, 'minimum', schema.between?.[0], published.minimum),
        ...bound(path, 'maximum', schema.between?.[1], published.maximum),
      ];
    case 'array':
    case 'set':
      return [
        ...bound(path, 'minLength', schema.minLength, published.minLength),
        ...bound(path, 'maxLength', schema.maxLength, published.maxLength),
        ...(published.items ? fieldDifferences(schema.elements, published.items, `${path}[]`) : []),
      ];
    case 'map': {
      const values = published.additionalProperties;
      return typeof values === 'object' ? fieldDifferences(schema.values, values, `${path}{}`) : [];
    }
    case 'record':
      return differences(schema.record, published, path);
    default:
      return secrecy;
  }
}

const TYPES: Record<Exclude<FieldSchema['type'], 'any'>, readonly string[]> = {
  string: ['string'],
  integer: ['integer'],
  number: ['number'],
  boolean: ['boolean'],
  array: ['array'],
  set: ['array'],
  map: ['object'],
  record: ['object'],
  foreign: ['object', 'string'],
};

const canBeEmpty = (schema: FieldSchema): boolean =>
  schema.type === 'record' &&
  recordSchema(schema.record).fields.every(
    (field) => field.schema.required !== true || field.default !== undefined || canBeEmpty(field.schema),
  );

function compared(
  path: string,
  what: string,
  ours: unknown,
  theirs: unknown,
  same: (a: unknown, b: unknown) => boolean = isDeepStrictEqual,
): string[] {
  if (same(ours, theirs)) return [];
  return [`${path}: ${what} is ${JSON.stringify(ours)}, published as ${JSON.stringify(theirs)}`];
}

/** Published bounds must hold; further ones of ours come from Kong's source. */
const bound = (path: string, what: string, ours: number | undefined, theirs: number | undefined): string[] =>
  theirs === undefined ? [] : compared(path, what, ours, theirs);

/** Published lists are sorted. */
function sameMembers(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return isDeepStrictEqual(a, b);
  const sorted = (list: unknown[]) => list.map((item) => JSON.stringify(item)).sort();
  return isDeepStrictEqual(sorted(a), sorted(b));
}
