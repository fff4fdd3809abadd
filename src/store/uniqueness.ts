import type { Snapshot } from '../config/snapshot.js';
import type { EntityDefinition } from '../entities/entity.js';
import type { EntityBase } from '../entities/field-types.js';
import { type EntityError, uniqueViolation } from './entity-error.js';
import { fieldOf } from './entity-key.js';

/** The first rule of uniqueness that an entity breaks among all others of its kind. */
export function uniquenessProblem(
  entity: EntityBase,
  definition: EntityDefinition,
  snapshot: Snapshot,
): EntityError | undefined {
  const others = [...snapshot.all(definition.name).values()].filter(({ id }) => id !== entity.id);
  for (const field of uniqueFields(definition)) {
    const value = fieldOf(entity, field);
    if (typeof value !== 'string') continue;
    if (others.some((other) => fieldOf(other, field) === value)) return uniqueViolation({ [field]: value });
  }
  for (const fields of definition.uniqueTogether ?? []) {
    if (!others.some((other) => fields.every((field) => same(fieldOf(entity, field), fieldOf(other, field))))) continue;
    const key = Object.fromEntries(fields.map((field) => [field, fieldOf(entity, field) ?? null]));
    // Kong without consumer groups has no place for one in the key.
    if (key['consumer_group'] === null) delete key['consumer_group'];
    return uniqueViolation(key);
  }
  return undefined;
}

function uniqueFields({ nameKey, unique = [], uniqueTogether = [] }: EntityDefinition): Set<string> {
  const fields = new Set(unique);
  if (nameKey !== undefined && !uniqueTogether.some((together) => together.includes(nameKey))) fields.add(nameKey);
  return fields;
}

const idOf = (value: unknown) => (typeof value === 'object' && value !== null ? (value as { id?: unknown }).id : value);

const same = (one: unknown, other: unknown): boolean => (idOf(one) ?? null) === (idOf(other) ?? null);
