import { type DynamicModule, Module, type ModuleMetadata, type OnApplicationShutdown } from '@nestjs/common';
import { ConfigStore } from '../config/config-store.js';
import { ConfigurationLoader } from '../config/configuration-loader.js';
import { Datastore } from '../config/datastore.js';
import { enabledPlugins } from '../config/enabled-plugins.js';
import { Settings } from '../config/settings.js';
import { EntityRegistry } from '../entities/entity-registry.js';
import { ConfigurationWriter } from './configuration-writer.js';
import { EntityEdits } from './entity-edits.js';
import { EntityWriter } from './entity-writer.js';
import { ReadOnlyWriter } from './read-only-writer.js';
import { entityStore } from './store-kind.js';
import { StoredConfiguration } from './stored-configuration.js';

/** Where the configuration is kept, and how it is changed. */
@Module({})
export class StoreModule implements OnApplicationShutdown {
  constructor(private readonly writer: EntityWriter) {}

  static register(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: StoreModule,
      imports,
      providers: [
        {
          provide: EntityEdits,
          inject: [EntityRegistry, Settings],
          useFactory: (registry: EntityRegistry, settings: Settings) =>
            new EntityEdits(registry, () => enabledPlugins(settings, registry)),
        },
        {
          provide: EntityWriter,
          inject: [Settings, EntityRegistry, ConfigStore, ConfigurationLoader, Datastore],
          useFactory: writer,
        },
      ],
      exports: [EntityEdits, EntityWriter],
    };
  }

  onApplicationShutdown(): Promise<void> {
    return this.writer.close();
  }
}

function writer(
  settings: Settings,
  registry: EntityRegistry,
  config: ConfigStore,
  loader: ConfigurationLoader,
  datastore: Datastore,
): EntityWriter {
  const store = entityStore(settings);
  if (!store) return new ReadOnlyWriter(config, loader);
  const stored = new StoredConfiguration(registry, () => enabledPlugins(settings, registry));
  return new ConfigurationWriter(config, store, stored, datastore);
}
