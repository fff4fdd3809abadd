/** An entity's fields as the Admin API shows them, unset ones null. What a store keeps, as JSON. */
export type EntityBody = Readonly<Record<string, unknown>>;

/** What became of one entity, as a store keeps it. */
export interface StoredChange {
  /** `services`, `routes` … */
  readonly kind: string;
  readonly id: string;
  /** `undefined`: it was removed. */
  readonly body: EntityBody | undefined;
}

/** Changes, and the state they lead to. */
export interface ChangeSet {
  /** Counts the commits. 0: nothing was ever written. */
  readonly revision: number;
  /** In the order they were made; an entity changed twice appears once, as it is now. */
  readonly changes: readonly StoredChange[];
}

/**
 * Where the configuration is kept between starts and shared between processes and nodes. Keeps entities by kind and id and
 * knows nothing of what they mean: what may be written is decided before, against the configuration at one revision, and a
 * commit only goes through when that is still the newest. So all rules exist once, whatever the store.
 *
 * Every method but `close` rejects when the store cannot be reached; the gateway then goes on with what it has.
 */
export interface EntityStore {
  /** What it is called in messages: `the embedded store in /var/lib/sluice`. */
  readonly description: string;

  /** Connects, and makes sure that the store's layout is the one this version works with. */
  open(): Promise<void>;

  /** Everything there is. */
  load(): Promise<ChangeSet>;

  /** What was committed since a revision; `undefined` when that is too long ago to tell, and everything must be loaded. */
  changesAfter(revision: number): Promise<ChangeSet | undefined>;

  /**
   * Writes all of the changes or none. Answers with the new revision once they would survive the end of this process and of
   * the machine; with `undefined`, having written nothing, when `revision` is no longer the newest.
   */
  commit(revision: number, changes: readonly StoredChange[]): Promise<number | undefined>;

  /** Calls back when another process or node may have written; may call in vain. One listener. */
  onForeignChange(listener: () => void): void;

  close(): Promise<void>;
}
