import type { Snapshot } from '../config/snapshot.js';
import type { EntityDefinition } from '../entities/entity.js';
import type { EntityRegistry } from '../entities/entity-registry.js';
import type { ErrorTree } from '../entities/error-tree.js';
import type { EntityBase } from '../entities/field-types.js';
import { isObject, recordSchema } from '../entities/record-schema.js';
import type { Draft } from './draft.js';
import {
  type EntityError,
  referencedByOthers,
  referenceMissing,
  referencesUnresolved,
  stillReferenced,
} from './entity-error.js';
import { entityWith, fieldOf, referenceOf } from './entity-key.js';

/** A field by which entities of one kind refer to another. */
export interface Reference {
  readonly definition: EntityDefinition;
  readonly field: string;
  /** The kind referred to. */
  readonly kind: string;
  readonly cascade: boolean;
}

/** Who refers to whom. */
export class References {
  private readonly from = new Map<string, Reference[]>();
  private readonly to = new Map<string, Reference[]>();

  constructor(private readonly registry: EntityRegistry) {
    for (const definition of registry.entities()) {
      for (const { name, schema } of recordSchema(definition.record).fields) {
        if (schema.type !== 'foreign') continue;
        const { reference: kind, cascade = false } = schema;
        const reference = { definition, field: name, kind, cascade };
        this.from.set(definition.name, [...(this.from.get(definition.name) ?? []), reference]);
        this.to.set(kind, [...(this.to.get(kind) ?? []), reference]);
      }
    }
  }

  /** The references entities of a kind may hold. */
  of(kind: string): readonly Reference[] {
    return this.from.get(kind) ?? [];
  }

  /** The references by which entities of a kind may be held. */
  toward(kind: string): readonly Reference[] {
    return this.to.get(kind) ?? [];
  }

  /** Puts ids in the place of names: `{"service": {"name": "x"}}`. */
  resolve(given: Record<string, unknown>, { name }: EntityDefinition, snapshot: Snapshot): EntityError | undefined {
    const unresolved = [];
    for (const { field, kind } of this.of(name)) {
      const value = given[field];
      if (!isObject(value) || typeof value['id'] === 'string') continue;
      const { nameKey, unique = [] } = this.registry.entity(kind) as EntityDefinition;
      const named = [nameKey, ...unique].flatMap((key) => {
        const wanted = key === undefined ? undefined : value[key];
        return typeof wanted === 'string' && wanted !== '' ? [{ field, key: key as string, value: wanted, kind }] : [];
      });
      const found = named.map(({ key, value }) => entityWith(snapshot, kind, key, value)).find((entity) => entity);
      if (found) given[field] = { id: found.id };
      else unresolved.push(...named);
    }
    return unresolved.length > 0 ? referencesUnresolved(unresolved) : undefined;
  }

  /**
   * What is wrong with references that lead nowhere because they name nothing: the schema of what is referred to judges
   * what they say instead, by field (kong/db/schema/init.lua, validate_field).
   */
  misnamed(given: Readonly<Record<string, unknown>>, { name }: EntityDefinition): { [field: string]: ErrorTree } {
    const errors: { [field: string]: ErrorTree } = {};
    for (const { field, kind } of this.of(name)) {
      const value = given[field];
      const definition = this.registry.entity(kind);
      if (!definition || !isObject(value) || typeof value['id'] === 'string') continue;
      const schema = recordSchema(definition.record);
      const wrong = Object.entries(value).flatMap(([member, written]) => {
        const problem = schema.fields.some((known) => known.name === member)
          ? schema.problemWith(member, written)
          : 'unknown field';
        return problem === undefined ? [] : [[member, problem] as const];
      });
      if (wrong.length > 0) errors[field] = Object.fromEntries(wrong);
    }
    return errors;
  }

  /** The first reference to what is not there. */
  dangling(entity: EntityBase, { name }: EntityDefinition, snapshot: Snapshot): EntityError | undefined {
    for (const { field, kind } of this.of(name)) {
      const id = referenceOf(entity, field);
      if (id !== undefined && !snapshot.get(kind, id)) return referenceMissing(field, id, kind);
    }
    return undefined;
  }

  /** Removes an entity with all that goes with it, unless somebody refers to one of them who does not go. */
  remove(draft: Draft, kind: string, id: string): EntityError | undefined {
    for (const { definition, field, cascade } of this.toward(kind)) {
      for (const other of draft.snapshot.all(definition.name).values()) {
        if (referenceOf(other, field) !== id) continue;
        if (!cascade) return stillReferenced(kind, definition.name);
        const error = this.remove(draft, definition.name, other.id);
        if (error) return error;
      }
    }
    if (kind === 'ca_certificates') {
      const user = trustingService(draft.snapshot, id);
      const message = `ca certificate ${id} is still referenced by services (id = ${user?.id})`;
      if (user) return referencedByOthers(message);
    }
    draft.remove(kind, id);
    return undefined;
  }
}

/** Services name the authorities they trust in a list, which is no reference to the schema. */
function trustingService(snapshot: Snapshot, id: string): EntityBase | undefined {
  return [...snapshot.all('services').values()].find((service) =>
    (fieldOf(service, 'ca_certificates') as readonly string[] | undefined)?.includes(id),
  );
}
