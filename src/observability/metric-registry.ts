import {
  CounterFamily,
  type Family,
  type FamilyDescription,
  type GaugeDescription,
  GaugeFamily,
  type HistogramDescription,
  HistogramFamily,
  type Reading,
} from './families.js';
import type { FamilySnapshot } from './family-snapshot.js';
import { ProcessMetrics } from './process-metrics.js';

/**
 * All metrics of this process. What is counted per request lives in families of our own, because finding a series costs
 * them a tenth of what prom-client's hashing of label sets costs; what prom-client knows of a Node process comes from it.
 */
export class MetricRegistry {
  private readonly families = new Map<string, Family>();
  private readonly process = new ProcessMetrics();
  private overflows = 0;

  constructor() {
    this.gauge(
      {
        name: 'kong_nginx_metric_errors_total',
        // Kong's words; here it counts what went into an overflow series.
        help: 'Number of nginx-lua-prometheus errors',
        type: 'counter',
      },
      () => [[[], this.overflows]],
    );
  }

  counter(description: FamilyDescription): CounterFamily {
    return this.add(description.name, new CounterFamily(description, () => this.overflows++));
  }

  histogram(description: HistogramDescription): HistogramFamily {
    return this.add(description.name, new HistogramFamily(description, () => this.overflows++));
  }

  /** `read` is asked at every scrape. */
  gauge(description: GaugeDescription, read: () => Iterable<Reading>): void {
    this.add(description.name, new GaugeFamily(description, read));
  }

  /** Everything as it is now, as JSON that another process can take together with its own. */
  async snapshot(): Promise<FamilySnapshot[]> {
    const snapshots: FamilySnapshot[] = [];
    for (const family of this.families.values()) snapshots.push(await family.snapshot());
    snapshots.push(...(await this.process.snapshot()));
    return snapshots;
  }

  private add<F extends Family>(name: string, family: F): F {
    if (this.families.has(name)) throw new Error(`two metrics are called '${name}'`);
    this.families.set(name, family);
    return family;
  }
}
