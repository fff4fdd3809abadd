import { HealthReports } from '../../observability/health-reports.js';
import type { MetricSwitches } from '../../observability/metric-family.js';
import { RequestMetrics } from '../../observability/request-metrics.js';
import type { LogRecord } from '../../pdk/log-record.js';
import { KongPlugin, type Plugin } from '../../pdk/plugin.js';
import { PrometheusConfig } from './prometheus.config.js';

interface Prepared {
  readonly switches: MetricSwitches;
  readonly perConsumer: boolean;
  readonly showsHealth: boolean;
}

/**
 * Counts requests for Prometheus, out of the log record like every other reader. Runs before the loggers, so that what their
 * custom fields change is not counted.
 */
@KongPlugin({ name: 'prometheus', priority: 13, config: PrometheusConfig })
export class PrometheusPlugin implements Plugin<PrometheusConfig, Prepared> {
  constructor(
    private readonly metrics: RequestMetrics,
    private readonly health: HealthReports,
  ) {}

  configure(config: PrometheusConfig): Prepared {
    if (config.upstream_health_metrics) this.health.addReader();
    return {
      switches: {
        statusCodes: config.status_code_metrics,
        latency: config.latency_metrics,
        bandwidth: config.bandwidth_metrics,
        ai: config.ai_metrics,
      },
      perConsumer: config.per_consumer,
      showsHealth: config.upstream_health_metrics,
    };
  }

  log(record: LogRecord, { switches, perConsumer }: Prepared): void {
    const { service, route, consumer } = record;
    // A Route without a Service counts, under no Service's name (Kong: prometheus/exporter.lua).
    if (!route) return;
    const counted = {
      record,
      service: text(service?.['name'] ?? service?.['host']),
      route: text(route['name'] ?? route['id']),
      workspace: record.workspace_name,
      consumer: perConsumer && consumer ? text(consumer['username'] ?? consumer['custom_id']) : '',
    };
    this.metrics.count(counted, switches);
  }

  release({ showsHealth }: Prepared): void {
    if (showsHealth) this.health.removeReader();
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
