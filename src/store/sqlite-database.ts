import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { ChangeSet, EntityBody, StoredChange } from './entity-store.js';
import { layoutProblem, MIGRATIONS, REMEMBERED_COMMITS } from './migrations.js';

/** How long one process waits for another one's commit. */
const BUSY_TIMEOUT_MS = 5000;

interface Row {
  readonly kind: string;
  readonly id: string;
  readonly body: string | null;
}

/**
 * The configuration in one SQLite file. Every call blocks until the disk has it, so this runs in a thread of its own
 * (EmbeddedStore). Several processes may have the file open; SQLite's locks put their commits in order.
 *
 * SQLite rather than a log of our own: torn writes, the order of writers and a folder full of half-finished files are
 * solved there, and a commit costs one fsync either way.
 */
export class SqliteDatabase {
  private readonly database: DatabaseSync;
  private statements!: Record<'state' | 'all' | 'after' | 'put' | 'advance', StatementSync>;

  /** `folder` is made when it is not there, for its owner alone: what it will hold contains secrets. */
  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, 'configuration.db');
    this.database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
    chmodSync(file, 0o600);
    // A write-ahead log with an fsync per commit: what was acknowledged survives the process and the power.
    this.database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  }

  /** Brings the layout up to date; there is nobody to ask about a file that is ours alone. */
  open(): void {
    this.transaction(() => {
      this.database.exec(
        'CREATE TABLE IF NOT EXISTS sluice_migrations (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL) STRICT',
      );
      const { version } = this.database
        .prepare('SELECT coalesce(max(version), 0) AS version FROM sluice_migrations')
        .get() as { version: number };
      const applied = this.database.prepare("INSERT INTO sluice_migrations VALUES (?, datetime('now'))");
      for (const migration of MIGRATIONS.slice(version)) {
        this.database.exec(migration.sqlite);
        applied.run(migration.version);
      }
      const problem = layoutProblem(Math.max(version, MIGRATIONS.length), `the embedded store in ${this.folder}`);
      if (problem !== undefined) throw new Error(problem);
    });
    const put = 'INSERT INTO sluice_entities (kind, id, body, revision) VALUES (?, ?, ?, ?)';
    this.statements = {
      state: this.database.prepare('SELECT revision, pruned FROM sluice_state'),
      all: this.database.prepare('SELECT kind, id, body FROM sluice_entities WHERE body IS NOT NULL'),
      after: this.database.prepare('SELECT kind, id, body FROM sluice_entities WHERE revision > ? ORDER BY revision'),
      put: this.database.prepare(
        `${put} ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body, revision = excluded.revision`,
      ),
      advance: this.database.prepare('UPDATE sluice_state SET revision = ?'),
    };
  }

  load(): ChangeSet {
    return this.transaction(() => ({ revision: this.state().revision, changes: this.changes(this.statements.all) }));
  }

  changesAfter(known: number): ChangeSet | undefined {
    return this.transaction(() => {
      const { revision, pruned } = this.state();
      if (known < pruned || known > revision) return undefined;
      if (known === revision) return { revision, changes: [] };
      return { revision, changes: this.changes(this.statements.after, known) };
    });
  }

  commit(known: number, changes: readonly StoredChange[]): number | undefined {
    return this.transaction(() => {
      const { revision } = this.state();
      if (known !== revision) return undefined;
      const next = revision + 1;
      for (const { kind, id, body } of changes) {
        this.statements.put.run(kind, id, body === undefined ? null : JSON.stringify(body), next);
      }
      this.statements.advance.run(next);
      if (next % REMEMBERED_COMMITS === 0) this.prune(next - REMEMBERED_COMMITS);
      return next;
    });
  }

  close(): void {
    this.database.close();
  }

  private prune(until: number): void {
    this.database.prepare('DELETE FROM sluice_entities WHERE body IS NULL AND revision <= ?').run(until);
    this.database.prepare('UPDATE sluice_state SET pruned = ?').run(until);
  }

  private state(): { revision: number; pruned: number } {
    return this.statements.state.get() as { revision: number; pruned: number };
  }

  private changes(statement: StatementSync, ...parameters: number[]): StoredChange[] {
    const rows = statement.all(...parameters) as unknown as Row[];
    return rows.map(({ kind, id, body }) => ({
      kind,
      id,
      body: body === null ? undefined : (JSON.parse(body) as EntityBody),
    }));
  }

  /** The write lock is taken at once: taken later it could be refused, with nothing to do but to begin again. */
  private transaction<T>(work: () => T): T {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.database.exec('COMMIT');
      return result;
    } catch (error) {
      this.database.exec('ROLLBACK');
      throw error;
    }
  }
}
