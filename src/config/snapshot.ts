import type { EntityBase } from '../entities/field-types.js';

/** What becomes of one entity; without `entity` it is removed. */
export interface EntityChange {
  readonly kind: string;
  readonly id: string;
  readonly entity: EntityBase | undefined;
}

/**
 * All entities at one moment, checked, linked by id and frozen. A request holds the snapshot it began with to its end, so
 * a reload does not disturb it. `PluginEntity.config` is an instance of the plugin's configuration class; references to
 * vaults are still references in it.
 */
export class Snapshot {
  constructor(
    private readonly collections: ReadonlyMap<string, ReadonlyMap<string, EntityBase>>,
    /** MD5 of the text it came from, 32 hex digits; all zeros: empty. Kong's `configuration_hash`. */
    readonly hash: string,
  ) {}

  /** Every entity of a kind (`services`, `routes` …) by id, in the order of declaration. */
  all<T extends EntityBase>(kind: string): ReadonlyMap<string, T> {
    return (this.collections.get(kind) ?? NONE) as ReadonlyMap<string, T>;
  }

  get<T extends EntityBase>(kind: string, id: string | undefined): T | undefined {
    return id === undefined ? undefined : (this.collections.get(kind)?.get(id) as T | undefined);
  }

  /** The same with some entities put in the place of others, added or, where there is none for an id, taken away. */
  with(changes: Iterable<EntityChange>, hash: string): Snapshot {
    const collections = new Map<string, ReadonlyMap<string, EntityBase>>(this.collections);
    const copied = new Map<string, Map<string, EntityBase>>();
    for (const { kind, id, entity } of changes) {
      let collection = copied.get(kind);
      if (!collection) {
        collection = new Map(this.collections.get(kind));
        copied.set(kind, collection);
        collections.set(kind, collection);
      }
      if (entity) collection.set(id, entity);
      else collection.delete(id);
    }
    return new Snapshot(collections, hash);
  }

  get isEmpty(): boolean {
    return [...this.collections.values()].every((collection) => collection.size === 0);
  }
}

const NONE: ReadonlyMap<string, EntityBase> = new Map();

export const EMPTY_SNAPSHOT = new Snapshot(new Map(), '0'.repeat(32));
