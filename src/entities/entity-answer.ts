import type { FieldSchema, RecordClass } from './field-schema.js';
import { isObject, recordSchema } from './record-schema.js';

/**
 * An entity, or a plugin's configuration, as the Admin API answers it: every field its class declares, null where unset.
 * A Plugin's `config` is answered by its own class. Vault references stay references.
 */
export function entityAnswer(entity: object): Record<string, unknown> {
  return recordAnswer(entity.constructor as RecordClass, entity);
}

function recordAnswer(record: RecordClass, value: unknown): Record<string, unknown> {
  const given = value as Readonly<Record<string, unknown>>;
  const answer: Record<string, unknown> = {};
  for (const { name, schema } of recordSchema(record).fields) answer[name] = fieldAnswer(schema, given[name]);
  return answer;
}

function fieldAnswer(schema: FieldSchema, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  switch (schema.type) {
    case 'record':
      return recordAnswer(schema.record, value);
    case 'array':
    case 'set':
      return (value as unknown[]).map((element) => fieldAnswer(schema.elements, element));
    case 'map':
      return Object.fromEntries(
        Object.entries(value).map(([name, member]) => [name, fieldAnswer(schema.values, member)]),
      );
    case 'any':
      // The configuration of a Plugin or a Vault: which class it has depends on the entity's name.
      return isObject(value) && value.constructor !== Object ? entityAnswer(value) : value;
    default:
      return value;
  }
}
