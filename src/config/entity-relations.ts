import type { EntityDefinition } from '../entities/entity.js';
import type { EntityRegistry } from '../entities/entity-registry.js';
import { recordSchema } from '../entities/record-schema.js';

/** A kind of entity that refers to another, and the field it does so with. */
export interface Child {
  readonly definition: EntityDefinition;
  readonly field: string;
}

/** By kind, the kinds that refer to it, because those may be nested in it under their own name. */
export type EntityRelations = ReadonlyMap<string, ReadonlyMap<string, Child>>;

export function relationsOf(registry: EntityRegistry): EntityRelations {
  const relations = new Map<string, Map<string, Child>>();
  for (const definition of registry.entities()) {
    for (const { name: field, schema } of recordSchema(definition.record).fields) {
      if (schema.type !== 'foreign') continue;
      const children = relations.get(schema.reference) ?? new Map<string, Child>();
      if (!children.has(definition.name)) children.set(definition.name, { definition, field });
      relations.set(schema.reference, children);
    }
  }
  return relations;
}
