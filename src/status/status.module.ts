import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { ProcessesModule } from '../processes/processes.module.js';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { NodeReport } from './node-report.js';
import { StatusController } from './status.controller.js';

/** The Status API. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the form Nest gives a dynamic module.
export class StatusModule {
  /** `imports`: the rooms whose state is told. */
  static register(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: StatusModule,
      imports: [...imports, ProcessesModule, TerminusModule],
      controllers: [StatusController, HealthController, MetricsController],
      providers: [NodeReport],
    };
  }
}
