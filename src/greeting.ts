import cluster from 'node:cluster';
import type { Settings } from './config/settings.js';
import type { Snapshot } from './config/snapshot.js';
import type { PluginEntity } from './entities/plugin-entity.js';
import { PRODUCT } from './entities/product.js';
import type { Route } from './entities/route.js';

interface Addresses {
  readonly proxy: readonly string[];
  readonly admin: readonly string[];
  readonly status: readonly string[];
}

/**
 * What the operator reads when the gateway has started: what listens, and what to try. Of several workers the first one says
 * it; the process to send signals to is then the one above them.
 */
export function greeting({ proxy, admin, status }: Addresses, settings: Settings, snapshot: Snapshot): string {
  if (cluster.isWorker && cluster.worker?.id !== 1) return '';
  const pid = cluster.isWorker ? `${process.ppid}, ${settings.workerProcesses} workers` : process.pid;
  const local = (address: string | undefined) => address?.replace('0.0.0.0', 'localhost').replace('[::]', 'localhost');
  const listed = (addresses: readonly string[]) => (addresses.length > 0 ? addresses.join(', ') : 'off');
  const lines = [
    `${PRODUCT.name} ${PRODUCT.version} (Node ${process.versions.node}, pid ${pid})`,
    `  proxy   ${listed(proxy)}`,
    `  admin   ${listed(admin)}`,
    `  status  ${listed(status)}${status.length > 0 ? '  (/status, /status/ready, /health, /metrics)' : ''}`,
    `  config  ${configurationPlace(settings)}`,
  ];
  const address = local(proxy[0]);
  const path = codexPath(snapshot);
  if (address && path !== undefined) {
    const url = `${address}${path.replace(/\/$/, '')}`;
    lines.push(
      '',
      `Point Codex at it (Route ${path}):`,
      `  codex 0.55   export OPENAI_BASE_URL=${url}`,
      `  newer        codex -c openai_base_url='"${url}"'`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** A path under which Codex finds what it speaks, the Responses API; `undefined`: there is none that could be told. */
function codexPath(snapshot: Snapshot): string | undefined {
  const plugins = [...snapshot.all<PluginEntity>('plugins').values()].filter(servesResponses);
  const isServed = ({ id, service }: Route) =>
    plugins.some(({ route, service: of }) => (route ? route.id === id : of && of.id === service?.id));
  return [...snapshot.all<Route>('routes').values()]
    .filter(isServed)
    .flatMap(({ paths }) => paths ?? [])
    .find((path) => path.startsWith('/'));
}

function servesResponses({ name, enabled, config }: PluginEntity): boolean {
  if (!enabled || !/^ai-proxy(-advanced)?$/.test(name)) return false;
  const { route_type, targets = [] } = config as { route_type?: string; targets?: { route_type: string }[] };
  return [route_type, ...targets.map((target) => target.route_type)].includes('llm/v1/responses');
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
