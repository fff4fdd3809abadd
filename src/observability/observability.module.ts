import { fileURLToPath } from 'node:url';
import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule } from '../config/config.module.js';
import { ConfigStore } from '../config/config-store.js';
import { Datastore } from '../config/datastore.js';
import { Settings } from '../config/settings.js';
import { PRODUCT } from '../entities/product.js';
import { extensionsIn } from '../extension-folder.js';
import { ProcessesModule } from '../processes/processes.module.js';
import { ConfigReloads } from './config-reloads.js';
import { HealthReports } from './health-reports.js';
import { LostLines } from './lost-lines.js';
import type { DeclareMetric } from './metric-family.js';
import { MetricRegistry } from './metric-registry.js';
import { MetricsPage } from './metrics-page.js';
import { NodeState } from './node-state.js';
import { RequestMetrics } from './request-metrics.js';

const METRICS = fileURLToPath(new URL('./metrics', import.meta.url));

/** The metrics found in our folder and in others: all files that end with `.metric`. */
export async function metricsIn(extraFolders: readonly string[] = []): Promise<DeclareMetric[]> {
  const found = await Promise.all([METRICS, ...extraFolders].map((folder) => extensionsIn(folder, 'metric')));
  return found.flat().map(({ default: declare }) => declare as DeclareMetric);
}

/** What happened: the state of the node, the metrics, what of the logs was lost. The log record is a pure function beside it. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the form Nest gives a dynamic module.
export class ObservabilityModule {
  /** `extraFolders`: where further metrics are looked for. */
  static async register(extraFolders: readonly string[] = []): Promise<DynamicModule> {
    const declarations = await metricsIn(extraFolders);
    const providers = [
      HealthReports,
      LostLines,
      ConfigReloads,
      { provide: MetricRegistry, useFactory: () => new MetricRegistry() },
      MetricsPage,
      {
        provide: NodeState,
        inject: [Settings, ConfigStore, Datastore],
        useFactory: ({ nodeId }: Settings, store: ConfigStore, datastore: Datastore) =>
          new NodeState({ id: nodeId, version: PRODUCT.version }, store, datastore),
      },
      {
        provide: RequestMetrics,
        inject: [MetricRegistry, NodeState, ConfigStore, ConfigReloads, HealthReports, LostLines],
        useFactory: (
          registry: MetricRegistry,
          node: NodeState,
          configStore: ConfigStore,
          configReloads: ConfigReloads,
          health: HealthReports,
          lostLines: LostLines,
        ) => new RequestMetrics(registry, { node, configStore, configReloads, health, lostLines }, declarations),
      },
    ];
    return { module: ObservabilityModule, imports: [ConfigModule, ProcessesModule], providers, exports: providers };
  }
}
