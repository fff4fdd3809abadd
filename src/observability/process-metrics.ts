import { collectDefaultMetrics, type MetricObjectWithValues, type MetricValueWithName, Registry } from 'prom-client';
import type { FamilySnapshot, SnapshotSeries } from './family-snapshot.js';
import { labelText } from './labels.js';

/** In front of the names of what Kong does not count: the process behind the gateway. */
const PREFIX = 'sluice_';

/** Told by `nodejs_active_resources` already; these look at what Node wants nobody to look at. */
const OUTDATED = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

type PromClientMetric = MetricObjectWithValues<MetricValueWithName<string>>;

/** What prom-client knows of a Node process: event loop lag, memory, garbage collection, descriptors, CPU time. */
export class ProcessMetrics {
  private readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry, prefix: PREFIX });
    for (const name of OUTDATED) this.registry.removeSingleMetric(PREFIX + name);
  }

  async snapshot(): Promise<FamilySnapshot[]> {
    const metrics = (await this.registry.getMetricsAsJSON()) as PromClientMetric[];
    return metrics.map((metric) => (String(metric.type) === 'histogram' ? histogram(metric) : singleValues(metric)));
  }
}

function singleValues({ name, help, type, aggregator, values }: PromClientMetric): FamilySnapshot {
  return {
    name,
    help,
    type: String(type) === 'counter' ? 'counter' : 'gauge',
    // `omit` stands at the start time alone; the first process is as good as any.
    aggregation: aggregator === 'omit' ? 'first' : aggregator,
    series: values.map(({ labels, value }): SnapshotSeries => [textOf(labels), [value]]),
  };
}

/** prom-client lists a histogram's cumulative buckets as values of their own. */
function histogram({ name, help, values }: PromClientMetric): FamilySnapshot {
  const bounds = new Set<number>();
  const byLabels = new Map<string, { total: number; counts: number[]; sum: number }>();
  for (const { metricName, labels, value } of values) {
    const { le, ...others } = labels;
    const text = textOf(others);
    const known = byLabels.get(text) ?? { total: 0, counts: [], sum: 0 };
    byLabels.set(text, known);
    if (metricName === `${name}_sum`) known.sum = value;
    if (metricName !== `${name}_bucket`) continue;
    if (typeof le === 'number') bounds.add(le);
    known.counts.push(value - known.total);
    known.total = value;
  }
  const series = [...byLabels].map(([text, { counts, sum }]): SnapshotSeries => [text, [...counts, sum]]);
  return { name, help, type: 'histogram', aggregation: 'sum', buckets: [...bounds], series };
}

const textOf = (labels: Readonly<Record<string, string | number | undefined>>): string =>
  labelText(Object.keys(labels), Object.values(labels).map(String));
