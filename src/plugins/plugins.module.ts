import { fileURLToPath } from 'node:url';
import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { classesIn } from '../extension-folder.js';
import { KongPlugin } from '../pdk/plugin.js';
import { PluginRegistry } from './plugin-registry.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** Each folder here whose `*.plugin.ts` declares a class with `@KongPlugin` is a plugin; nothing else lists them. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the form Nest gives a dynamic module.
export class PluginsModule {
  /** `imports`: the rooms plugins inject from. `extraFolders`: where further plugins are looked for. */
  static async register(
    imports: NonNullable<ModuleMetadata['imports']>,
    extraFolders: readonly string[] = [],
  ): Promise<DynamicModule> {
    const plugins = await classesIn([HERE, ...extraFolders], 'plugin', KongPlugin.KEY);
    return {
      module: PluginsModule,
      imports: [DiscoveryModule, ...imports],
      providers: [PluginRegistry, ...plugins],
      exports: [PluginRegistry],
    };
  }
}
