import { ConfigStore } from '../../src/config/config-store.js';
import { ConfigReloads } from '../../src/observability/config-reloads.js';
import { exposition } from '../../src/observability/exposition.js';
import type { FamilySnapshot } from '../../src/observability/family-snapshot.js';
import { HealthReports } from '../../src/observability/health-reports.js';
import { LostLines } from '../../src/observability/lost-lines.js';
import { MetricRegistry } from '../../src/observability/metric-registry.js';
import { NodeState } from '../../src/observability/node-state.js';
import { metricsIn } from '../../src/observability/observability.module.js';
import { RequestMetrics } from '../../src/observability/request-metrics.js';
import type { LogRecord } from '../../src/pdk/log-record.js';
import { PrometheusConfig } from '../../src/plugins/prometheus/prometheus.config.js';
import { PrometheusPlugin } from '../../src/plugins/prometheus/prometheus.plugin.js';

/** A request of the session that was recorded with Kong 3.9.3 (prometheus_metrics), by what its log line says; each latency and size is one that adds up to Kong's sums. */
interface Sent {
  readonly entity: string;
  readonly status: number;
  readonly source: 'upstream' | 'kong';
  readonly latencies: { readonly kong: number; readonly proxy: number; readonly request: number };
  readonly sizes: readonly [request: number, response: number];
  readonly consumer?: string;
  readonly ai?: Record<string, unknown>;
}

const sent = (
  entity: string,
  status: number,
  source: Sent['source'],
  [kong, proxy, request]: readonly [number, number, number],
  sizes: readonly [number, number],
  more: Pick<Sent, 'consumer' | 'ai'> = {},
): Sent => ({ entity, status, source, latencies: { kong, proxy, request }, sizes, ...more });

const exchange = (llmLatency: number, usage: Record<string, number>, name = ['openai', 'gpt-4o-mini']) => {
  const [provider_name, request_model] = name;
  return { ai: { proxy: { meta: { provider_name, request_model, llm_latency: llmLatency }, usage } } };
};
const spoken = (cost: number) => ({ prompt_tokens: 7, completion_tokens: 2, total_tokens: 9, cost });
const silent = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, cost: 0 };

const TRAFFIC: readonly Sent[] = [
  sent('s1', 200, 'upstream', [1, 2, 3], [43, 388]),
  sent('s1', 404, 'upstream', [1, 2, 3], [50, 328]),
  sent('s1', 500, 'upstream', [1, 1, 3], [51, 328]),
  sent('dead', 502, 'kong', [1, 3, 4], [42, 401]),
  sent('keyed', 401, 'kong', [2, -1, 2], [43, 377]),
  sent('keyed', 200, 'upstream', [0, 2, 2], [60, 388], { consumer: 'alice' }),
  sent('ai', 200, 'upstream', [1, 1, 4], [133, 675], exchange(2, spoken(0.0011))),
  sent('ai', 200, 'upstream', [1, 1, 4], [133, 675], exchange(2, spoken(0.0011))),
  sent('ai', 200, 'upstream', [1, 1, 107], [147, 1509], exchange(3, spoken(0.001))),
  sent('ai', 429, 'upstream', [2, 1, 4], [136, 502], exchange(0, silent)),
  sent('ai', 400, 'kong', [3, -1, 4], [114, 317], exchange(0, silent, ['UNSPECIFIED', 'UNSPECIFIED'])),
];

/** Every metric of ours after that session: as a page, and as the families it shows. */
export async function metricsSession(): Promise<{ page: string; families: FamilySnapshot[] }> {
  const registry = new MetricRegistry();
  const configStore = new ConfigStore();
  const health = new HealthReports();
  const node = new NodeState({ id: 'b4756fb1-0d4f-4491-8c49-75384ceb83ca', version: '3.9.3' }, configStore);
  const configReloads = new ConfigReloads(configStore);
  const lostLines = new LostLines();
  lostLines.add('file-log', '/var/log/full.log', 3);
  const sources = { node, configStore, configReloads, health, lostLines };
  const plugin = new PrometheusPlugin(new RequestMetrics(registry, sources, await metricsIn()), health);
  const address = '127.0.0.1:19000';
  health.addTargets(() => [{ upstream: 'up.test', target: address, address, state: 'healthchecks_off' }]);

  health.addCircuits(() => [{ balancer: 'up.test', candidate: address, state: 'open' }]);

  const switches = { per_consumer: true, status_code_metrics: true, latency_metrics: true, bandwidth_metrics: true };
  const config = { ...switches, upstream_health_metrics: true, ai_metrics: true };
  const prepared = plugin.configure(Object.assign(new PrometheusConfig(), config));
  for (const request of TRAFFIC) plugin.log(recordOf(request), prepared);
  plugin.log(recordOf({ ...(TRAFFIC[0] as Sent), entity: '' }), prepared);

  const families = await registry.snapshot();
  let page = '';
  for await (const piece of exposition(families)) page += piece;
  return { page, families };
}

/** The members that metrics look at. No entity: no Route matched. */
function recordOf({ entity, status, source, latencies, sizes, consumer, ai }: Sent): LogRecord {
  const record = {
    request: { size: sizes[0] },
    response: { status, size: sizes[1] },
    latencies,
    source,
    workspace_name: 'default',
    ...(entity !== '' && { service: { name: entity }, route: { name: entity === 's1' ? 'r1' : entity } }),
    ...(consumer !== undefined && { consumer: { username: consumer } }),
    ...(ai && { ai }),
  };
  return record as unknown as LogRecord;
}
