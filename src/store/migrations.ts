/** One step of the store's layout. Steps are never changed once released; a new layout is a new step. */
export interface Migration {
  /** From 1, without gaps. */
  readonly version: number;
  readonly name: string;
  /** Statements for SQLite and PostgreSQL. */
  readonly sqlite: string;
  readonly postgres: string;
}

/**
 * `sluice_state` has one row. A removed entity leaves its row without a body, so that others learn of the removal;
 * `pruned` is the newest revision of which such rows may have been swept away.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: 'entities by kind and id, with the revision that wrote them',
    sqlite: `
      CREATE TABLE sluice_state (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        revision INTEGER NOT NULL,
        pruned INTEGER NOT NULL
      ) STRICT;
      INSERT INTO sluice_state VALUES (1, 0, 0);
      CREATE TABLE sluice_entities (
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        body TEXT,
        revision INTEGER NOT NULL,
        PRIMARY KEY (kind, id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX sluice_entities_by_revision ON sluice_entities (revision);`,
    postgres: `
      CREATE TABLE sluice_state (
        one integer PRIMARY KEY CHECK (one = 1),
        revision bigint NOT NULL,
        pruned bigint NOT NULL
      );
      INSERT INTO sluice_state VALUES (1, 0, 0);
      CREATE TABLE sluice_entities (
        kind text NOT NULL,
        id text NOT NULL,
        body json,
        revision bigint NOT NULL,
        PRIMARY KEY (kind, id)
      );
      CREATE INDEX sluice_entities_by_revision ON sluice_entities (revision);`,
  },
];

const NEWEST_LAYOUT = MIGRATIONS.length;

/** Removals are remembered for this many commits; a node that was away for longer loads everything. */
export const REMEMBERED_COMMITS = 10_000;

/** Why this version cannot work with a layout; `undefined`: it can. */
export function layoutProblem(version: number, store: string): string | undefined {
  if (version === NEWEST_LAYOUT) return undefined;
  if (version > NEWEST_LAYOUT) {
    return `${store} has layout ${version}, which a newer version wrote; this one works with layout ${NEWEST_LAYOUT}`;
  }
  const what = version === 0 ? 'has not been set up' : `has layout ${version} of ${NEWEST_LAYOUT}`;
  return `${store} ${what}; run: sluice migrations up`;
}
