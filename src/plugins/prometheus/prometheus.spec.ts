import { beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigStore } from '../../config/config-store.js';
import { recordSchema } from '../../entities/record-schema.js';
import { ConfigReloads } from '../../observability/config-reloads.js';
import { exposition } from '../../observability/exposition.js';
import { HealthReports } from '../../observability/health-reports.js';
import { LostLines } from '../../observability/lost-lines.js';
import { MetricRegistry } from '../../observability/metric-registry.js';
import { NodeState } from '../../observability/node-state.js';
import { metricsIn } from '../../observability/observability.module.js';
import { RequestMetrics } from '../../observability/request-metrics.js';
import type { LogRecord } from '../../pdk/log-record.js';
import { PrometheusConfig } from './prometheus.config.js';
import { PrometheusPlugin } from './prometheus.plugin.js';

const ALL = { status_code_metrics: true, latency_metrics: true, bandwidth_metrics: true, ai_metrics: true };

let registry: MetricRegistry;
let health: HealthReports;
let plugin: PrometheusPlugin;

beforeEach(async () => {
  registry = new MetricRegistry();
  health = new HealthReports();
  const configStore = new ConfigStore();
  const node = new NodeState({ id: 'n', version: '1' }, configStore);
  const configReloads = new ConfigReloads(configStore);
  const sources = { node, configStore, configReloads, health, lostLines: new LostLines() };
  plugin = new PrometheusPlugin(new RequestMetrics(registry, sources, await metricsIn()), health);
});

const configured = (config: object) => plugin.configure(recordSchema(PrometheusConfig).check(config).value);

function aRecord(more: object = {}): LogRecord {
  const record = {
    request: { size: 100 },
    response: { status: 200, size: 200 },
    latencies: { kong: 1, proxy: 2, request: 3 },
    source: 'upstream',
    workspace_name: 'default',
    service: { name: 's' },
    route: { name: 'r' },
    ...more,
  };
  return record as unknown as LogRecord;
}

async function linesOf(name: string): Promise<string[]> {
  let page = '';
  for await (const piece of exposition(await registry.snapshot())) page += piece;
  return page.split('\n').filter((line) => line.startsWith(name));
}

describe('prometheus', () => {
  it('counts nothing that is not switched on', async () => {
    plugin.log(aRecord(), configured({}));

    for (const name of [
      'kong_http',
      'kong_bandwidth',
      'kong_kong_latency',
      'kong_upstream_latency',
      'kong_request_latency',
    ]) {
      expect(await linesOf(name)).toEqual([]);
    }
  });

  it('names a Consumer only when asked to', async () => {
    const consumer = { username: 'alice', custom_id: 'c-1' };
    plugin.log(aRecord({ consumer }), configured(ALL));
    plugin.log(aRecord({ consumer }), configured({ ...ALL, per_consumer: true }));
    plugin.log(aRecord({ consumer: { custom_id: 'c-2' } }), configured({ ...ALL, per_consumer: true }));

    const labels = 'service="s",route="r",code="200",source="service",workspace="default"';
    expect(await linesOf('kong_http_requests_total')).toEqual([
      `kong_http_requests_total{${labels},consumer=""} 1`,
      `kong_http_requests_total{${labels},consumer="alice"} 1`,
      `kong_http_requests_total{${labels},consumer="c-2"} 1`,
    ]);
  });

  it('calls a Service without a name by its host, and a Route by its id', async () => {
    plugin.log(aRecord({ service: { host: 'a.test' }, route: { id: 'r-id' } }), configured(ALL));

    expect(await linesOf('kong_request_latency_ms_count')).toEqual([
      'kong_request_latency_ms_count{service="a.test",route="r-id",workspace="default"} 1',
    ]);
  });

  it('counts requests of a Route without a Service, an AI route for instance', async () => {
    plugin.log(aRecord({ service: undefined }), configured(ALL));

    expect(await linesOf('kong_http_requests_total')).toEqual([
      'kong_http_requests_total{service="",route="r",code="200",source="service",workspace="default",consumer=""} 1',
    ]);
  });

  it('does not count requests that matched no Route', async () => {
    plugin.log(aRecord({ service: undefined, route: undefined }), configured(ALL));

    expect(await linesOf('kong_http_requests_total')).toEqual([]);
  });

  it('does not observe the latency of an upstream that was not asked', async () => {
    plugin.log(aRecord({ latencies: { kong: 1, proxy: -1, request: 1 } }), configured(ALL));

    expect(await linesOf('kong_upstream_latency_ms')).toEqual([]);
    expect(await linesOf('kong_kong_latency_ms_count')).toHaveLength(1);
  });

  it('counts each use of a model in a request, with its mode', async () => {
    const meta = { provider_name: 'openai', request_model: 'gpt-5-codex', request_mode: 'stream', llm_latency: 900 };
    const usage = { prompt_tokens: 10, completion_tokens: 0, total_tokens: 10, cost: 0.5 };
    const ai = {
      proxy: { meta, usage },
      'ai-request-transformer': { meta: { ...meta, request_mode: 'oneshot' } },
      sanitizer: {},
    };
    plugin.log(aRecord({ ai }), configured(ALL));

    const target =
      'ai_provider="openai",ai_model="gpt-5-codex",cache_status="",vector_db="",embeddings_provider="",embeddings_model=""';
    const end = 'workspace="default",consumer=""';
    expect(await linesOf('kong_ai_llm_requests_total')).toEqual([
      `kong_ai_llm_requests_total{${target},request_mode="oneshot",${end}} 1`,
      `kong_ai_llm_requests_total{${target},request_mode="stream",${end}} 1`,
    ]);
    expect(await linesOf('kong_ai_llm_tokens_total')).toEqual([
      `kong_ai_llm_tokens_total{${target},token_type="prompt_tokens",${end}} 10`,
      `kong_ai_llm_tokens_total{${target},token_type="total_tokens",${end}} 10`,
    ]);
    expect(await linesOf('kong_ai_llm_cost_total')).toEqual([
      `kong_ai_llm_cost_total{${target},request_mode="stream",${end}} 0.5`,
    ]);
  });

  it('shows the health of Targets as long as one instance asks for it', async () => {
    health.addTargets(() => [{ upstream: 'u', target: 'a.test:80', address: '10.0.0.1:80', state: 'healthy' }]);
    expect(await linesOf('kong_upstream_target_health')).toEqual([]);
    const one = configured({ upstream_health_metrics: true });
    const other = configured({ upstream_health_metrics: true });
    plugin.release(one);
    expect(await linesOf('kong_upstream_target_health')).toHaveLength(4);
    plugin.release(other);

    expect(await linesOf('kong_upstream_target_health')).toEqual([]);
  });
});
