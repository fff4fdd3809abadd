import type { EntityDefinition } from './entity.js';
import { entityAnswer } from './entity-answer.js';
import type { PluginDefinition } from './entity-registry.js';
import type { FieldSchema, RecordClass } from './field-schema.js';
import { PluginEntity } from './plugin-entity.js';
import { entityChecks } from './record-rules.js';
import { type RecordField, recordSchema } from './record-schema.js';
import { VAULT_CONFIGS } from './vault.js';

/** A record as Kong's `/schemas/...` describes it: `fields` is a list of objects with one member each. */
export interface KongRecord {
  readonly fields: readonly Readonly<Record<string, KongField>>[];
  readonly entity_checks?: readonly object[];
}

export type KongField = Readonly<Record<string, unknown>>;

/** The answer to `/schemas/{entity}`. decK reads defaults from it. */
export function entitySchema({ record, nameKey }: EntityDefinition): KongRecord {
  const fields = recordSchema(record).fields.map((field) => {
    const unique = field.name === nameKey ? { unique: true } : {};
    return { [field.name]: { ...kongField(field), ...unique, ...BASE_FIELDS[field.name] } };
  });
  return { entity_checks: entityChecks(record), fields };
}

/** The answer to `/schemas/plugins/{name}`: the Plugin entity as far as it differs from plugin to plugin. */
export function pluginSchema({ config, rules, refusedScopes = [], protocols }: PluginDefinition): KongRecord {
  const fields = recordSchema(PluginEntity).fields;
  const refused = refusedScopes.map((scope) => ({
    [scope]: { ...kongField(fieldNamed(fields, scope)), eq: null },
  }));
  return {
    entity_checks: rules ? entityChecks(rules) : [],
    fields: [
      ...refused,
      { protocols: protocolsField(fieldNamed(fields, 'protocols'), protocols) },
      { config: { type: 'record', required: true, ...kongRecord(config) } },
    ],
  };
}

function protocolsField(field: RecordField, allowed: readonly string[] | undefined): KongField {
  const shown = kongField(field);
  return allowed ? { ...shown, elements: { type: 'string', one_of: allowed } } : shown;
}

/** The answer to `/schemas/vaults/{name}`; `undefined`: there is no such vault. */
export function vaultSchema(name: string): KongRecord | undefined {
  const config: RecordClass | undefined = VAULT_CONFIGS.get(name);
  if (!config) return undefined;
  return { entity_checks: [], fields: [{ config: { type: 'record', required: true, ...kongRecord(config) } }] };
}

/** What Kong fills in by itself. */
const BASE_FIELDS: Record<string, KongField> = {
  id: { uuid: true, auto: true },
  created_at: { timestamp: true, auto: true },
  updated_at: { timestamp: true, auto: true },
};

const fieldNamed = (fields: readonly RecordField[], name: string) =>
  fields.find((field) => field.name === name) as RecordField;

function kongRecord(record: RecordClass): KongRecord {
  const checks = entityChecks(record);
  const fields = recordSchema(record).fields.map((field) => ({ [field.name]: kongField(field) }));
  return checks.length > 0 ? { fields, entity_checks: checks } : { fields };
}

function kongField({ schema, default: value }: Pick<RecordField, 'schema' | 'default'>): KongField {
  if (value === undefined) return kongType(schema);
  // decK fills a record that is left out with this, and compares it with an answer, which has nulls.
  const shown = schema.type === 'record' ? entityAnswer(value as object) : value;
  return { ...kongType(schema), default: shown };
}

function kongType(schema: FieldSchema): KongField {
  const { type, required, referenceable, encrypted } = schema;
  return withoutAbsent({ type, required, referenceable, encrypted, ...particulars(schema) });
}

function particulars(schema: FieldSchema): KongField {
  switch (schema.type) {
    case 'string':
      return { one_of: schema.oneOf, len_min: schema.minLength, len_max: schema.maxLength };
    case 'integer':
    case 'number':
      return { between: schema.between, gt: schema.greaterThan, one_of: schema.oneOf };
    case 'array':
    case 'set':
      return { elements: kongType(schema.elements), len_min: schema.minLength, len_max: schema.maxLength };
    case 'map':
      return {
        keys: kongType(schema.keys),
        values: kongType(schema.values),
        len_min: schema.minLength,
        len_max: schema.maxLength,
      };
    case 'record':
      return { ...kongRecord(schema.record) };
    case 'foreign':
      return { reference: schema.reference };
    case 'boolean':
    case 'any':
      return {};
  }
}

const withoutAbsent = (field: KongField): KongField =>
  Object.fromEntries(Object.entries(field).filter(([, value]) => value !== undefined));
