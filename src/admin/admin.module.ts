import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AdminExceptionFilter } from './admin-exception.filter.js';
import { ConfigController } from './config.controller.js';
import { ConfigurationBroadcast } from './configuration-broadcast.js';
import { NodeController } from './node.controller.js';
import { NodeServer } from './node-server.js';

/** The Admin API. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the form Nest gives a dynamic module.
export class AdminModule {
  static register(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: AdminModule,
      imports,
      controllers: [NodeController, ConfigController],
      providers: [NodeServer, ConfigurationBroadcast, { provide: APP_FILTER, useClass: AdminExceptionFilter }],
      exports: [NodeServer],
    };
  }
}
