import type { Snapshot } from '../config/snapshot.js';
import type { EntityDefinition } from '../entities/entity.js';
import { type EntityBase } from '../entities/field-types.js';
import { recordSchema } from '../entities/record-schema.js';
import { UUID } from '../entities/uuid.js';
import { type EntityError, invalidUnique } from './entity-error.js';

/** How a path names an entity: by id, or by the field that serves as its name. */
export type EntityKey =
  | { readonly by: 'id'; readonly id: string }
  | { readonly by: 'name'; readonly field: string; readonly value: string };

/** A part of a path as a key; `undefined`: it is no id, and this kind has no names. */
export function entityKey({ nameKey }: EntityDefinition, part: string): EntityKey | undefined {
  if (UUID.test(part)) return { by: 'id', id: part };
  return nameKey === undefined ? undefined : { by: 'name', field: nameKey, value: part };
}

/** Why nothing can be called what a key says; `undefined`: something may be. */
export function problemWithName({ name, record }: EntityDefinition, key: EntityKey): EntityError | undefined {
  // Targets are looked for among those there are, whatever they are called.
  if (key.by === 'id' || name === 'targets') return undefined;
  const problem = recordSchema(record).problemWith(key.field, key.value);
  return typeof problem === 'string' ? invalidUnique(key.field, problem) : undefined;
}

export function find(snapshot: Snapshot, { name }: EntityDefinition, key: EntityKey): EntityBase | undefined {
  return key.by === 'id' ? snapshot.get(name, key.id) : entityWith(snapshot, name, key.field, key.value);
}

/** The first entity of a kind whose field has a value. */
export function entityWith(snapshot: Snapshot, kind: string, field: string, value: unknown): EntityBase | undefined {
  for (const entity of snapshot.all(kind).values()) {
    if ((entity as unknown as Record<string, unknown>)[field] === value) return entity;
  }
  return undefined;
}

/** A field of an entity of a kind not known here. */
export const fieldOf = (entity: EntityBase, field: string): unknown =>
  (entity as unknown as Record<string, unknown>)[field];

/** The id a reference of an entity holds. */
export const referenceOf = (entity: EntityBase, field: string): string | undefined =>
  (fieldOf(entity, field) as { readonly id: string } | null | undefined)?.id;
