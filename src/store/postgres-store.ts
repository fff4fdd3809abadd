import type { Client, Pool, PoolClient, PoolConfig } from 'pg';
import type { Settings } from '../config/settings.js';
import type { ChangeSet, EntityBody, EntityStore, StoredChange } from './entity-store.js';
import { layoutProblem, REMEMBERED_COMMITS } from './migrations.js';
import { PostgresLayout } from './postgres-layout.js';

/** What nodes tell each other through the database. */
const CHANNEL = 'sluice_configuration';
/** A configuration is written by one commit at a time; the rest are readers catching up. */
const MOST_CONNECTIONS = 4;
/** Between attempts to listen again after the connection broke. */
const RECONNECT_MS = 500;

interface Row {
  readonly kind: string;
  readonly id: string;
  readonly body: EntityBody | null;
}

export type PostgresSettings = Pick<
  Settings,
  | 'pgHost'
  | 'pgPort'
  | 'pgUser'
  | 'pgPassword'
  | 'pgDatabase'
  | 'pgSchema'
  | 'pgTimeout'
  | 'pgSsl'
  | 'pgSslVerify'
  | 'dbUpdateFrequency'
>;

/**
 * The configuration in PostgreSQL, shared by all nodes that name the same database. A commit is announced to the others
 * (NOTIFY); because an announcement can be lost, and poolers swallow them, each node also asks regularly.
 */
export class PostgresStore implements EntityStore {
  readonly description: string;
  private pool: Pool | undefined;
  private listening: Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private polling: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(private readonly settings: PostgresSettings) {
    const { pgHost, pgPort, pgDatabase } = settings;
    this.description = `the database '${pgDatabase}' on ${pgHost}:${pgPort}`;
  }

  async open(): Promise<void> {
    const { Pool } = (await import('pg')).default;
    this.pool = new Pool(poolConfig(this.settings));
    // A connection that breaks is replaced when one is needed, and a query that was under way fails in its own right.
    this.pool.on('error', () => {});
    this.pool.on('connect', (client) => client.on('error', () => {}));
    const problem = layoutProblem(
      await this.withClient((client) => new PostgresLayout(client).version()),
      this.description,
    );
    if (problem !== undefined) throw new Error(problem);
  }

  load(): Promise<ChangeSet> {
    return this.reading(async (client) => {
      const { revision } = await state(client);
      const { rows } = await client.query<Row>('SELECT kind, id, body FROM sluice_entities WHERE body IS NOT NULL');
      return { revision, changes: rows.map(changeOf) };
    });
  }

  changesAfter(known: number): Promise<ChangeSet | undefined> {
    return this.reading(async (client) => {
      const { revision, pruned } = await state(client);
      if (known < pruned || known > revision) return undefined;
      if (known === revision) return { revision, changes: [] };
      const { rows } = await client.query<Row>(
        'SELECT kind, id, body FROM sluice_entities WHERE revision > $1 ORDER BY revision',
        [known],
      );
      return { revision, changes: rows.map(changeOf) };
    });
  }

  commit(known: number, changes: readonly StoredChange[]): Promise<number | undefined> {
    return this.withClient(async (client) => {
      await client.query('BEGIN');
      try {
        // The row's lock puts the commits of all nodes in order.
        const { revision } = await state(client, 'FOR UPDATE');
        if (revision !== known) {
          await client.query('ROLLBACK');
          return undefined;
        }
        const next = revision + 1;
        await client.query(
          `INSERT INTO sluice_entities (kind, id, body, revision)
           SELECT kind, id, body::json, $4 FROM unnest($1::text[], $2::text[], $3::text[]) AS given (kind, id, body)
           ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body, revision = excluded.revision`,
          [
            changes.map(({ kind }) => kind),
            changes.map(({ id }) => id),
            changes.map(({ body }) => (body === undefined ? null : JSON.stringify(body))),
            next,
          ],
        );
        await client.query('UPDATE sluice_state SET revision = $1', [next]);
        if (next % REMEMBERED_COMMITS === 0) await prune(client, next - REMEMBERED_COMMITS);
        await client.query(`NOTIFY ${CHANNEL}`);
        await client.query('COMMIT');
        return next;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
  }

  onForeignChange(listener: () => void): void {
    this.polling = setInterval(listener, this.settings.dbUpdateFrequency);
    this.polling.unref();
    void this.listen(listener);
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.polling);
    clearTimeout(this.retry);
    await this.listening?.end().catch(() => undefined);
    await this.pool?.end();
  }

  /** Keeps one connection open on which announcements arrive, whatever happens to it. */
  private async listen(listener: () => void): Promise<void> {
    if (this.closed) return;
    const { Client } = (await import('pg')).default;
    const client = new Client({ ...poolConfig(this.settings), query_timeout: undefined, keepAlive: true });
    let broken = false;
    const again = () => {
      if (broken) return;
      broken = true;
      client.end().catch(() => undefined);
      if (this.closed) return;
      this.retry = setTimeout(() => void this.listen(listener), RECONNECT_MS);
      this.retry.unref();
    };
    client.on('error', again);
    client.on('end', again);
    client.on('notification', listener);
    try {
      await client.connect();
      this.listening = client;
      await client.query(`LISTEN ${CHANNEL}`);
      // Whatever was announced before this moment went unheard.
      listener();
    } catch {
      again();
    }
  }

  /** What several queries see is one moment. */
  private reading<T>(read: (client: PoolClient) => Promise<T>): Promise<T> {
    return this.withClient(async (client) => {
      await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
      const result = await read(client);
      await client.query('COMMIT');
      return result;
    });
  }

  private async withClient<T>(use: (client: PoolClient) => Promise<T>): Promise<T> {
    if (!this.pool) throw new Error(`${this.description} is not open`);
    let client: PoolClient | undefined;
    let failure: Error | undefined;
    try {
      client = await this.pool.connect();
      return await use(client);
    } catch (error) {
      failure = error as Error;
      throw new Error(`${this.description}: ${failure.message}`, { cause: error });
    } finally {
      // After a failure nobody knows what state the connection is in.
      client?.release(failure);
    }
  }
}

/** How to connect, as the settings say. */
export function poolConfig(settings: PostgresSettings): PoolConfig {
  return {
    host: settings.pgHost,
    port: settings.pgPort,
    user: settings.pgUser,
    database: settings.pgDatabase,
    ...(settings.pgPassword !== undefined && { password: settings.pgPassword }),
    ...(settings.pgSchema !== undefined && { options: `-c search_path=${settings.pgSchema}` }),
    ssl: settings.pgSsl && { rejectUnauthorized: settings.pgSslVerify },
    connectionTimeoutMillis: settings.pgTimeout,
    query_timeout: settings.pgTimeout,
    max: MOST_CONNECTIONS,
    application_name: 'sluice',
  };
}

async function state(client: PoolClient, lock = ''): Promise<{ revision: number; pruned: number }> {
  const { rows } = await client.query<{ revision: string; pruned: string }>(
    `SELECT revision, pruned FROM sluice_state ${lock}`,
  );
  return { revision: Number(rows[0]?.revision), pruned: Number(rows[0]?.pruned) };
}

async function prune(client: PoolClient, until: number): Promise<void> {
  await client.query('DELETE FROM sluice_entities WHERE body IS NULL AND revision <= $1', [until]);
  await client.query('UPDATE sluice_state SET pruned = $1', [until]);
}

const changeOf = ({ kind, id, body }: Row): StoredChange => ({ kind, id, body: body ?? undefined });
