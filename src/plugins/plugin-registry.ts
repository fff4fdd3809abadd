import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { entityDefinition } from '../entities/entity.js';
import { EntityRegistry } from '../entities/entity-registry.js';
import { PRODUCT } from '../entities/product.js';
import { KongPlugin, type Plugin, type PluginDeclaration } from '../pdk/plugin.js';

/** A plugin's code and what it says of itself. */
export interface RegisteredPlugin {
  readonly declaration: PluginDeclaration;
  readonly plugin: Plugin;
}

/** Every plugin found in the plugins folder, by name. Tells the EntityRegistry, so that configurations can be checked. */
@Injectable()
export class PluginRegistry implements OnModuleInit {
  private readonly plugins = new Map<string, RegisteredPlugin>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly entities: EntityRegistry,
  ) {}

  onModuleInit(): void {
    for (const wrapper of this.discovery.getProviders({ metadataKey: KongPlugin.KEY })) {
      const declaration = this.discovery.getMetadataByDecorator(KongPlugin, wrapper);
      if (!declaration) continue;
      this.entities.addPlugin({ version: PRODUCT.version, ...declaration });
      for (const record of declaration.entities ?? []) this.entities.addEntity(entityDefinition(record));
      this.plugins.set(declaration.name, { declaration, plugin: wrapper.instance as Plugin });
    }
  }

  get(name: string): RegisteredPlugin | undefined {
    return this.plugins.get(name);
  }
}
