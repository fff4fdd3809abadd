import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { Client } from 'pg';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';

const START_PATIENCE_MS = 30_000;

/** Where PostgreSQL's programs are; `undefined`: not installed (Debian: apt-get install postgresql). */
export function postgresFolder(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const packaged = existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, 'bin')) : [];
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'initdb'));
  const linked = onPath.filter((file) => existsSync(file)).map((file) => dirname(realpathSync(file)));
  return [...packaged, ...linked].find(
    (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
  );
}

/** PostgreSQL refuses to run as root, so then it runs as the user its package made, or as nobody. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (userInfo().uid !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' })));
      return { uid: uid as number, gid: gid as number };
    } catch {
      // There is no such user here; the next one is tried.
    }
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor nobody');
}

/** A PostgreSQL of the test's own, on a free port, with an empty database `kong`. */
export class PostgresServer {
  private child: ChildProcess | undefined;
  private readonly endWithTheTest = () => this.child?.kill('SIGKILL');

  private constructor(
    private readonly programs: string,
    private readonly folder: string,
    readonly port: number,
  ) {}

  static async start(): Promise<PostgresServer> {
    const programs = postgresFolder();
    if (programs === undefined) throw new Error('PostgreSQL is not installed');
    const folder = mkdtempSync(join(tmpdir(), 'sluice-postgres-'));
    const user = serverUser();
    if (user) chownSync(folder, user.uid, user.gid);
    const options = ['--username=kong', '--auth=trust', '--encoding=UTF8', '--no-sync', '--locale=C'];
    execFileSync(join(programs, 'initdb'), ['-D', join(folder, 'data'), ...options], {
      ...user,
      stdio: 'pipe',
      cwd: folder,
    });
    const server = new PostgresServer(programs, folder, await freePort());
    process.once('exit', server.endWithTheTest);
    await server.resume();
    await server.query('CREATE DATABASE kong', 'postgres');
    return server;
  }

  /** The environment of a gateway that keeps its configuration here. */
  get environment(): Record<string, string> {
    return {
      KONG_DATABASE: 'postgres',
      KONG_PG_HOST: '127.0.0.1',
      KONG_PG_PORT: String(this.port),
      KONG_PG_TIMEOUT: '2000',
    };
  }

  async query<Row extends object>(sql: string, database = 'kong'): Promise<Row[]> {
    const client = new Client({ host: '127.0.0.1', port: this.port, user: 'kong', database });
    await client.connect();
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** Takes the server away: connections break, new ones are refused. What was committed stays on the disk. */
  async interrupt(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child) return;
    const gone = once(child, 'exit');
    // PostgreSQL's immediate shutdown.
    child.kill('SIGQUIT');
    await gone;
  }

  async resume(): Promise<void> {
    const options = ['-c', `unix_socket_directories=${this.folder}`, '-c', 'listen_addresses=127.0.0.1'];
    this.child = spawn(
      join(this.programs, 'postgres'),
      ['-D', join(this.folder, 'data'), '-p', String(this.port), '-F', ...options],
      { ...serverUser(), stdio: 'ignore', cwd: this.folder },
    );
    const answers = () => this.query('SELECT 1', 'postgres').catch(() => undefined);
    await eventually('PostgreSQL to answer', answers, START_PATIENCE_MS);
  }

  async stop(): Promise<void> {
    await this.interrupt();
    process.off('exit', this.endWithTheTest);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
