import type { RecordClass } from './field-schema.js';

/** What the loaders, the Admin API and the snapshot need to know of a kind of entity beside its fields. */
export interface EntityDefinition {
  /** The collection's name in a declarative file and in the Admin API: `services`. */
  readonly name: string;
  readonly singular: string;
  /** Its collection's path in the Admin API, where that is not the name: `key-auths`. */
  readonly adminName?: string;
  /** The last part of its collection's path below what it refers to, where that differs: `/consumers/x/key-auth`. */
  readonly nestedName?: string;
  /** The field that serves as a name beside the id: `name`, `username`, `prefix` … */
  readonly nameKey?: string;
  /** The field a stable UUIDv5 is made from when a file gives no id. */
  readonly stableIdFrom?: string;
  /** Fields a stable UUIDv5 is made from together, where there is no name of its own (kong: `cache_key`). */
  readonly cacheKey?: readonly string[];
  /** Further fields that no two entities may share. */
  readonly unique?: readonly string[];
  /** Groups of fields that no two entities may share together. */
  readonly uniqueTogether?: readonly (readonly string[])[];
  /**
   * Puts what is meant in the place of shorthands, in a copy of what was written: for a PATCH, before that is merged with
   * what there is. Answers with what is wrong with them, by field; nothing else is said of the entity then.
   */
  readonly unfold?: (written: Record<string, unknown>) => { readonly [field: string]: string } | undefined;
  /**
   * Completes what was given before it is checked: values that follow from others, values made by chance.
   * Gets a copy it may change. Must bear values of any type, because nothing has been checked yet.
   */
  readonly complete?: (given: Record<string, unknown>) => void;
  /** Puts what is kept in the place of what was given, once checked: a password's hash. Not for `_transform: false`. */
  readonly transform?: (entity: never) => void;
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
