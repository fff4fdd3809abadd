import { fileURLToPath } from 'node:url';
import { extensionsIn } from '../extension-folder.js';
import type { CountedRequest, DeclareMetric, MetricSources, MetricSwitches, RequestObserver } from './metric-family.js';
import type { MetricRegistry } from './metric-registry.js';

const METRICS = fileURLToPath(new URL('./metrics', import.meta.url));

/** Every metric found in the metrics folders; hands each request to those that count requests. */
export class RequestMetrics {
  private constructor(private readonly observers: readonly RequestObserver[]) {}

  /** Declares all metrics in the registry. `extraFolders`: where further ones are looked for, beside our own. */
  static async declare(
    registry: MetricRegistry,
    sources: MetricSources,
    extraFolders: readonly string[] = [],
  ): Promise<RequestMetrics> {
    const found = await Promise.all([METRICS, ...extraFolders].map((folder) => extensionsIn(folder, 'metric')));
    const declarations = found.flat().map(({ default: declare }) => declare as DeclareMetric);
    const observers = declarations.map((declare) => declare(registry, sources));
    return new RequestMetrics(observers.filter((observer) => observer !== undefined));
  }

  count(request: CountedRequest, switches: MetricSwitches): void {
    for (const observe of this.observers) observe(request, switches);
  }
}
