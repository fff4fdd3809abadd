import type { CountedRequest, DeclareMetric, MetricSources, MetricSwitches, RequestObserver } from './metric-family.js';
import type { MetricRegistry } from './metric-registry.js';

/** Every metric there is; hands each request to those that count requests. */
export class RequestMetrics {
  private readonly observers: readonly RequestObserver[];

  /** Declares them all in the registry. */
  constructor(registry: MetricRegistry, sources: MetricSources, declarations: readonly DeclareMetric[]) {
    const observers = declarations.map((declare) => declare(registry, sources));
    this.observers = observers.filter((observer) => observer !== undefined);
  }

  count(request: CountedRequest, switches: MetricSwitches): void {
    for (const observe of this.observers) observe(request, switches);
  }
}
