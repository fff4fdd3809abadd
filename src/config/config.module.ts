import { Module } from '@nestjs/common';
import { ConfigService, ConfigModule as EnvironmentModule } from '@nestjs/config';
import { coreRegistry } from '../entities/core-entities.js';
import { EntityRegistry } from '../entities/entity-registry.js';
import { ConfigStore } from './config-store.js';
import { ConfigurationLoader } from './configuration-loader.js';
import { Datastore } from './datastore.js';
import { Settings, settingsFrom } from './settings.js';

/** The settings of this process, the kinds of entities it knows, and the configuration in force. */
@Module({
  imports: [
    EnvironmentModule.forRoot({
      ignoreEnvFile: true,
      validate: (environment) => ({ settings: settingsFrom(environment) }),
    }),
  ],
  providers: [
    {
      provide: Settings,
      inject: [ConfigService],
      useFactory: (environment: ConfigService) => environment.getOrThrow<Settings>('settings'),
    },
    { provide: EntityRegistry, useFactory: coreRegistry },
    { provide: Datastore, inject: [Settings], useFactory: ({ database }: Settings) => new Datastore(database) },
    ConfigStore,
    ConfigurationLoader,
  ],
  exports: [Settings, EntityRegistry, Datastore, ConfigStore, ConfigurationLoader],
})
export class ConfigModule {}
