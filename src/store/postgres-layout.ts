import type { ClientBase } from 'pg';
import { MIGRATIONS, type Migration } from './migrations.js';

/** Any number: it tells our lock from those of others who use the same database. */
const LOCK = 5_734_211;

/** The layout of the tables in PostgreSQL. Several commands at once wait for each other. */
export class PostgresLayout {
  constructor(private readonly client: ClientBase) {}

  /** 0: nothing is set up. */
  async version(): Promise<number> {
    const { rows } = await this.client.query<{ there: boolean }>(
      "SELECT to_regclass('sluice_migrations') IS NOT NULL AS there",
    );
    if (!rows[0]?.there) return 0;
    const newest = await this.client.query<{ version: number | null }>(
      'SELECT max(version) AS version FROM sluice_migrations',
    );
    return newest.rows[0]?.version ?? 0;
  }

  /** Brings the layout up to date; answers with the steps that were taken. All of them are taken, or none. */
  async up(): Promise<readonly Migration[]> {
    return this.locked(async () => {
      await this.client.query(
        'CREATE TABLE IF NOT EXISTS sluice_migrations (version integer PRIMARY KEY, applied_at timestamptz NOT NULL)',
      );
      const missing = MIGRATIONS.slice(await this.version());
      for (const { version, postgres } of missing) {
        await this.client.query(postgres);
        await this.client.query('INSERT INTO sluice_migrations VALUES ($1, now())', [version]);
      }
      return missing;
    });
  }

  /** Takes away everything that was set up, and with it the configuration. */
  async reset(): Promise<void> {
    await this.locked(() =>
      this.client.query('DROP TABLE IF EXISTS sluice_entities, sluice_state, sluice_migrations').then(() => undefined),
    );
  }

  private async locked<T>(work: () => Promise<T>): Promise<T> {
    await this.client.query('BEGIN');
    try {
      await this.client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
      const result = await work();
      await this.client.query('COMMIT');
      return result;
    } catch (error) {
      await this.client.query('ROLLBACK');
      throw error;
    }
  }
}
