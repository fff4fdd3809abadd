import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AdminAccess } from './admin-access.js';
import { AdminEndpoints } from './admin-endpoints.js';
import { AdminExceptionFilter } from './admin-exception.filter.js';
import { AdminManners } from './admin-manners.js';
import { ConfigController } from './config.controller.js';
import { ConfigurationBroadcast } from './configuration-broadcast.js';
import { EndpointController } from './endpoint.controller.js';
import { EntityController } from './entity.controller.js';
import { EntityJson } from './entity-json.js';
import { EntityRequests } from './entity-requests.js';
import { LogLevelController } from './log-level.controller.js';
import { LogVerbosity } from './log-verbosity.js';
import { MembershipController } from './membership.controller.js';
import { NodeController } from './node.controller.js';
import { NodeServer } from './node-server.js';
import { OpenApiController } from './openapi.controller.js';
import { PluginController } from './plugin.controller.js';
import { PluginTrial } from './plugin-trial.js';
import { SchemaController } from './schema.controller.js';
import { TagController } from './tag.controller.js';
import { UpstreamHealthController } from './upstream-health.controller.js';
import { WorkspaceController } from './workspace.controller.js';

/** The Admin API. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the form Nest gives a dynamic module.
export class AdminModule {
  static register(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: AdminModule,
      imports,
      controllers: [
        NodeController,
        LogLevelController,
        EndpointController,
        OpenApiController,
        ConfigController,
        SchemaController,
        PluginController,
        TagController,
        UpstreamHealthController,
        MembershipController,
        WorkspaceController,
        EntityController,
      ],
      providers: [
        NodeServer,
        AdminAccess,
        AdminEndpoints,
        AdminManners,
        EntityJson,
        EntityRequests,
        LogVerbosity,
        PluginTrial,
        ConfigurationBroadcast,
        { provide: APP_FILTER, useClass: AdminExceptionFilter },
      ],
      exports: [NodeServer, ConfigurationBroadcast, LogVerbosity],
    };
  }
}
