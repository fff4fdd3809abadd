import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { ConfigController } from './config.controller.js';
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
      providers: [NodeServer],
      exports: [NodeServer],
    };
  }
}
