import { parseArgs } from 'node:util';
import { bootstrap } from '../bootstrap.js';
import { type Command, GOOD } from './command.js';

export const startCommand: Command = {
  name: 'start',
  takes: '[FILE...]',
  summary: 'Starts the gateway.',
  help: `
Where the configuration comes from:
  FILE...            declarative files or folders of them (as KONG_DECLARATIVE_CONFIG, which they take the place of);
                     single entities cannot be changed then, 'POST /config' replaces them all
  nothing            the embedded store, a folder of this machine (SLUICE_DATA_FOLDER): start empty, then use decK or
                     the Admin API
  KONG_DATABASE=postgres and KONG_PG_*
                     PostgreSQL, shared by any number of gateways ('sluice migrations up' first)

Options:
  --fallback FILE    serve this file when neither a file nor KONG_DATABASE is given

Examples:
  sluice start
  sluice start config/kong.yaml
  KONG_PROXY_LISTEN=0.0.0.0:80 sluice start kong.yaml
`,
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { fallback: { type: 'string' } },
      allowPositionals: true,
    });
    const { env } = process;
    if (positionals.length > 0) env['KONG_DECLARATIVE_CONFIG'] = positionals.join(',');
    else if (values.fallback !== undefined && !isConfigured(env)) env['KONG_DECLARATIVE_CONFIG'] = values.fallback;
    await bootstrap();
    return GOOD;
  },
};

const isConfigured = ({
  KONG_DECLARATIVE_CONFIG,
  KONG_DECLARATIVE_CONFIG_STRING,
  KONG_DATABASE,
}: NodeJS.ProcessEnv): boolean => Boolean(KONG_DECLARATIVE_CONFIG || KONG_DECLARATIVE_CONFIG_STRING || KONG_DATABASE);
