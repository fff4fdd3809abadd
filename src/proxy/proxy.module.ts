import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { ProxyHandler } from './proxy.handler.js';
import { ProxyServer } from './proxy-server.js';
import { Runtimes } from './runtime.js';
import { ServicePlanner } from './service-plan.js';

/** The life of proxied requests. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the form Nest gives a dynamic module.
export class ProxyModule {
  static register(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: ProxyModule,
      imports,
      providers: [ServicePlanner, Runtimes, ProxyHandler, ProxyServer],
      exports: [ProxyServer, Runtimes],
    };
  }
}
