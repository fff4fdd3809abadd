import { dump } from 'js-yaml';
import { entityAnswer } from '../entities/entity-answer.js';
import type { EntityRegistry } from '../entities/entity-registry.js';
import { recordSchema } from '../entities/record-schema.js';
import { YAML_SCHEMA } from './declarative-text.js';
import type { Snapshot } from './snapshot.js';

/**
 * A configuration as a declarative file: every entity under its kind, with all of its fields, references as ids. Loading it
 * gives the same configuration; `_transform: false` says that passwords are hashed already.
 */
export function declarativeDump(snapshot: Snapshot, registry: EntityRegistry): string {
  const document: Record<string, unknown> = { _format_version: '3.0', _transform: false };
  for (const { name, record } of registry.entities()) {
    const entities = [...snapshot.all(name).values()];
    if (entities.length === 0) continue;
    const references = recordSchema(record).fields.filter(({ schema }) => schema.type === 'foreign');
    document[name] = entities.map((entity) => {
      const fields = entityAnswer(entity);
      for (const { name: reference } of references) {
        fields[reference] = (fields[reference] as { id: string } | null)?.id ?? null;
      }
      return fields;
    });
  }
  return dump(document, { schema: YAML_SCHEMA, lineWidth: -1, noRefs: true });
}
