import type { EntityDefinition } from '../entities/entity.js';
import { entityAnswer } from '../entities/entity-answer.js';
import type { EntityRegistry } from '../entities/entity-registry.js';
import type { RecordClass } from '../entities/field-schema.js';
import type { EntityBase } from '../entities/field-types.js';
import { isObject, recordSchema } from '../entities/record-schema.js';
import { VAULT_CONFIGS } from '../entities/vault.js';

/** An entity with what a PATCH gives put in: records are merged field by field, lists and maps replaced. */
export function patched(
  entity: EntityBase,
  given: Readonly<Record<string, unknown>>,
  { name, record }: EntityDefinition,
  registry: EntityRegistry,
): Record<string, unknown> {
  const current = entityAnswer(entity);
  const merged = mergedRecord(current, given, record);
  if (isObject(given['config']) && isObject(current['config'])) {
    const kind = String(merged['name']);
    const config = name === 'plugins' ? registry.plugin(kind)?.config : VAULT_CONFIGS.get(kind);
    // Another plugin's configuration is no base for this one's.
    if (config && kind === current['name']) merged['config'] = mergedRecord(current['config'], given['config'], config);
  }
  return merged;
}

function mergedRecord(
  current: Readonly<Record<string, unknown>>,
  given: Readonly<Record<string, unknown>>,
  record: RecordClass,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...current, ...given };
  for (const { name, schema } of recordSchema(record).fields) {
    const [before, after] = [current[name], given[name]];
    if (schema.type !== 'record' || !isObject(before) || !isObject(after)) continue;
    merged[name] = mergedRecord(before, after, schema.record);
  }
  return merged;
}
