import { type DynamicModule, Module } from '@nestjs/common';
import { AdminModule } from './admin/admin.module.js';
import { AiModule } from './ai/ai.module.js';
import { BalancingModule } from './balancing/balancing.module.js';
import { ConfigModule } from './config/config.module.js';
import { ExchangeModule } from './exchange/exchange.module.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { PluginsModule } from './plugins/plugins.module.js';
import { ProcessesModule } from './processes/processes.module.js';
import { ProxyModule } from './proxy/proxy.module.js';
import { StatusModule } from './status/status.module.js';
import { StoreModule } from './store/store.module.js';
import { TransportModule } from './transport/transport.module.js';

export interface AppOptions {
  /** Folders in which further plugins, providers, formats, algorithms and metrics are looked for, beside our own. */
  readonly extensionFolders: readonly string[];
}

/** The rooms, and who uses whom. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the form Nest gives a dynamic module.
export class AppModule {
  static async register({ extensionFolders }: AppOptions): Promise<DynamicModule> {
    const balancing = await BalancingModule.register(extensionFolders);
    const ai = await AiModule.register(extensionFolders);
    const observability = await ObservabilityModule.register(extensionFolders);
    const exchange = ExchangeModule.register([ConfigModule, TransportModule, balancing, ai]);
    const rooms = [ConfigModule, ProcessesModule, TransportModule, balancing, ai, observability, exchange];
    const plugins = await PluginsModule.register(rooms, extensionFolders);
    const store = StoreModule.register([ConfigModule]);
    const proxy = ProxyModule.register([...rooms, plugins]);
    return {
      module: AppModule,
      imports: [
        ...rooms,
        plugins,
        proxy,
        StatusModule.register([...rooms]),
        AdminModule.register([...rooms, plugins, store, proxy]),
      ],
    };
  }
}
