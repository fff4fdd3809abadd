import type { EntityDefinition } from './entity.js';
import type { RecordClass } from './field-schema.js';

/** What the configuration room must know of a plugin; the code that runs it is the plugins room's business. */
export interface PluginDefinition {
  readonly name: string;
  /** Higher runs earlier within a phase. */
  readonly priority: number;
  /** The class that declares the plugin's configuration. */
  readonly config: RecordClass;
  /**
   * A class without fields whose rules (`@AllOrNone('config.a', 'config.b')`) are about the Plugin entity, where Kong reports
   * them; rules about the configuration alone are declared on its own class.
   */
  readonly rules?: RecordClass;
  readonly version: string;
  /** Entities the plugin brings along: its credentials, for an authentication plugin. */
  readonly entities?: readonly RecordClass[];
  /** Scopes the plugin cannot have; Kong answers `value must be null`. */
  readonly refusedScopes?: readonly ('consumer' | 'consumer_group' | 'route' | 'service')[];
  /** The protocols the plugin can be for; any when left out. */
  readonly protocols?: readonly string[];
}

/**
 * Every kind of entity and every plugin this gateway knows. The plugins module fills in the plugins at start, so that
 * configurations can be checked without importing the plugins' code.
 */
export class EntityRegistry {
  private readonly definitions = new Map<string, EntityDefinition>();
  private readonly pluginDefinitions = new Map<string, PluginDefinition>();

  addEntity(definition: EntityDefinition): void {
    this.definitions.set(definition.name, definition);
  }

  addPlugin(definition: PluginDefinition): void {
    const { name } = definition;
    if (this.pluginDefinitions.has(name)) throw new Error(`two plugins are called '${name}'`);
    this.pluginDefinitions.set(name, definition);
  }

  entity(name: string): EntityDefinition | undefined {
    return this.definitions.get(name);
  }

  entities(): readonly EntityDefinition[] {
    return [...this.definitions.values()];
  }

  plugin(name: string): PluginDefinition | undefined {
    return this.pluginDefinitions.get(name);
  }

  plugins(): readonly PluginDefinition[] {
    return [...this.pluginDefinitions.values()];
  }
}
