import type { Settings } from './config/settings.js';
import { PRODUCT } from './entities/product.js';

interface Addresses {
  readonly proxy: readonly string[];
  readonly admin: readonly string[];
  readonly status: readonly string[];
}

/** What the operator reads when the gateway has started: what listens, and what to try. */
export function greeting({ proxy, admin, status }: Addresses, settings: Settings): string {
  const local = (address: string | undefined) => address?.replace('0.0.0.0', 'localhost').replace('[::]', 'localhost');
  const listed = (addresses: readonly string[]) => (addresses.length > 0 ? addresses.join(', ') : 'off');
  const lines = [
    `${PRODUCT.name} ${PRODUCT.version} (Node ${process.versions.node}, pid ${process.pid})`,
    `  proxy   ${listed(proxy)}`,
    `  admin   ${listed(admin)}`,
    `  status  ${listed(status)}${status.length > 0 ? '  (/status, /status/ready, /health, /metrics)' : ''}`,
    `  config  ${configurationPlace(settings)}`,
  ];
  const address = local(proxy[0]);
  if (address) {
    lines.push(
      '',
      'Point Codex at it (Route /codex of config/kong.yaml):',
      `  codex 0.55   export OPENAI_BASE_URL=${address}/codex`,
      `  newer        codex -c openai_base_url='"${address}/codex"'`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** Where the configuration is kept, and so how it is changed. */
function configurationPlace({ database, declarativeConfig, dataFolder, pgDatabase, pgHost, pgPort }: Settings): string {
  switch (database) {
    case 'off':
      return declarativeConfig.length > 0 ? declarativeConfig.join(', ') : 'whatever is posted to /config';
    case 'embedded':
      return `${dataFolder}  (change it with decK or the Admin API)`;
    case 'postgres':
      return `database '${pgDatabase}' on ${pgHost}:${pgPort}`;
  }
}
