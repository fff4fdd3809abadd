import type { RecordClass } from './field-schema.js';

/** What the loaders, the Admin API and the snapshot need to know of a kind of entity beside its fields. */
export interface EntityDefinition {
  /** The collection's name in a declarative file and in the Admin API: `services`. */
  readonly name: string;
  readonly singular: string;
  /** The field that serves as a name beside the id: `name`, `username`, `prefix` … */
  readonly nameKey?: string;
  /** The field a stable UUIDv5 is made from when a file gives no id. */
  readonly stableIdFrom?: string;
  /** Further fields that no two entities may share. */
  readonly unique?: readonly string[];
  /** Groups of fields that no two entities may share together. */
  readonly uniqueTogether?: readonly (readonly string[])[];
  readonly record: RecordClass;
}

const definitions = new WeakMap<object, EntityDefinition>();

/** Declares a class to be a Kong entity. */
export const Entity =
  (definition: Omit<EntityDefinition, 'record'>): ClassDecorator =>
  (target) => {
    definitions.set(target, { ...definition, record: target as unknown as RecordClass });
  };

/** The definition of a class declared with `@Entity`. */
export function entityDefinition(target: RecordClass): EntityDefinition {
  const definition = definitions.get(target);
  if (!definition) throw new Error(`${target.name} is not declared with @Entity`);
  return definition;
}
