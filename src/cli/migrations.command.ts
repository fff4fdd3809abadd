import { parseArgs } from 'node:util';
import { type Settings, settingsFrom } from '../config/settings.js';
import { EmbeddedStore } from '../store/embedded-store.js';
import { MIGRATIONS } from '../store/migrations.js';
import { PostgresLayout } from '../store/postgres-layout.js';
import { poolConfig } from '../store/postgres-store.js';
import { BAD, type Command, complain, GOOD, say, UsageError } from './command.js';

const ACTIONS = ['up', 'bootstrap', 'list', 'reset'];

export const migrationsCommand: Command = {
  name: 'migrations',
  takes: 'up|list|reset',
  summary: 'Sets up the tables of the configuration store and brings them up to date.',
  help: `
Works on the store the settings name (KONG_DATABASE, KONG_PG_*). With PostgreSQL this must be done once before the first
start and after an upgrade; gateways that run are not disturbed. The embedded store keeps itself up to date.

  up                 takes the steps that are missing ('bootstrap' is the same)
  list               tells which steps were taken; exits with 1 when some are missing
  reset --yes        takes everything away again, and the configuration with it

Examples:
  KONG_DATABASE=postgres KONG_PG_HOST=db KONG_PG_PASSWORD=... sluice migrations up
`,
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { yes: { type: 'boolean', short: 'y', default: false } },
      allowPositionals: true,
    });
    const [action] = positionals;
    if (!ACTIONS.includes(String(action))) {
      throw new UsageError(`migrations needs one of up, list, reset, not '${action ?? ''}'`);
    }
    const settings = settingsFrom(process.env);
    if (settings.database === 'off')
      throw new UsageError('with declarative files (KONG_DATABASE=off) there is no store');
    if (settings.database === 'embedded') return embedded(action, settings);
    switch (action) {
      case 'list':
        return withLayout(settings, list);
      case 'reset':
        if (!values.yes) throw new UsageError('reset deletes the whole configuration; say so with --yes');
        return withLayout(settings, reset);
      default:
        return withLayout(settings, up);
    }
  },
};

/** Opening it is all it takes. */
async function embedded(action: string | undefined, { dataFolder }: Settings): Promise<number> {
  if (action === 'reset') throw new UsageError(`to start anew, stop the gateway and remove the folder ${dataFolder}`);
  const store = new EmbeddedStore(dataFolder);
  await store.open();
  await store.close();
  say(`${store.description} is up to date`);
  return GOOD;
}

async function up(layout: PostgresLayout): Promise<number> {
  const taken = await layout.up();
  for (const { version, name } of taken) say(`step ${version} taken: ${name}`);
  say(taken.length === 0 ? 'nothing to do, the tables are up to date' : 'the tables are up to date');
  return GOOD;
}

async function list(layout: PostgresLayout): Promise<number> {
  const version = await layout.version();
  for (const step of MIGRATIONS)
    say(`${step.version <= version ? 'taken  ' : 'missing'}  ${step.version}  ${step.name}`);
  return version >= MIGRATIONS.length ? GOOD : BAD;
}

async function reset(layout: PostgresLayout): Promise<number> {
  await layout.reset();
  say('the tables and the configuration in them are gone');
  return GOOD;
}

async function withLayout(settings: Settings, use: (layout: PostgresLayout) => Promise<number>): Promise<number> {
  const { Client } = (await import('pg')).default;
  const client = new Client({ ...poolConfig(settings), query_timeout: undefined });
  try {
    await client.connect();
    return await use(new PostgresLayout(client));
  } catch (error) {
    complain(
      `the database '${settings.pgDatabase}' on ${settings.pgHost}:${settings.pgPort}: ${(error as Error).message}`,
    );
    return BAD;
  } finally {
    await client.end();
  }
}
