import type { FieldSchema, RecordClass } from '../entities/field-schema.js';
import { recordSchema } from '../entities/record-schema.js';

/** A JSON Schema (2020-12, as OpenAPI 3.1 uses it). */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a record may look like, by the declarations it is checked by. What rules between its fields say cannot be told here. */
export function recordJsonSchema(record: RecordClass): JsonSchema {
  const { fields } = recordSchema(record);
  const required = fields.filter(({ schema, default: value }) => schema.required && value === undefined);
  return {
    type: 'object',
    properties: Object.fromEntries(
      fields.map(({ name, schema, default: value }) => [
        name,
        value === undefined ? fieldJsonSchema(schema) : { ...fieldJsonSchema(schema), default: value },
      ]),
    ),
    // A required record is filled in with its defaults.
    required: required.filter(({ schema }) => schema.type !== 'record').map(({ name }) => name),
  };
}

function fieldJsonSchema(schema: FieldSchema): JsonSchema {
  const described = typeJsonSchema(schema);
  if (schema.required) return described;
  // A field that is not required may be null, which unsets it; in answers unset fields are null.
  const values = described['enum'] as unknown[] | undefined;
  return { ...described, type: [described['type'], 'null'].flat(), ...(values && { enum: [...values, null] }) };
}

function typeJsonSchema(schema: FieldSchema): JsonSchema {
  switch (schema.type) {
    case 'string':
      return withoutAbsent({
        type: 'string',
        enum: schema.oneOf,
        minLength: schema.minLength ?? 1,
        maxLength: schema.maxLength,
        pattern: schema.matches?.[0].source,
        'x-referenceable': schema.referenceable,
      });
    case 'integer':
    case 'number':
      return withoutAbsent({
        type: schema.type,
        enum: schema.oneOf,
        minimum: schema.between?.[0],
        maximum: schema.between?.[1],
        exclusiveMinimum: schema.greaterThan,
      });
    case 'boolean':
      return { type: 'boolean' };
    case 'any':
      return { type: ['object', 'array', 'string', 'number', 'boolean'] };
    case 'array':
    case 'set':
      return withoutAbsent({
        type: 'array',
        items: typeJsonSchema(schema.elements),
        uniqueItems: schema.type === 'set' ? true : undefined,
        minItems: schema.minLength,
        maxItems: schema.maxLength,
      });
    case 'map':
      return withoutAbsent({
        type: 'object',
        additionalProperties: typeJsonSchema(schema.values),
        minProperties: schema.minLength,
        maxProperties: schema.maxLength,
      });
    case 'record':
      return recordJsonSchema(schema.record);
    case 'foreign':
      return {
        type: 'object',
        description: `One of the ${schema.reference}, by id, or by the field that is its name.`,
        properties: { id: { type: 'string', format: 'uuid' } },
      };
  }
}

const withoutAbsent = (schema: JsonSchema): JsonSchema =>
  Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined));
