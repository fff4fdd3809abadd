import { Logger } from '@nestjs/common';
import { type RefusedPlugin, RefusedPlugins } from '../config/refused-plugins.js';
import type { Snapshot } from '../config/snapshot.js';
import { resolveReferences, type Vaults } from '../config/vault-references.js';
import type { PluginEntity } from '../entities/plugin-entity.js';
import type { Plugin } from '../pdk/plugin.js';
import type { PluginRegistry } from '../plugins/plugin-registry.js';
import type { PluginInstance } from './plugin-chain.js';

const logger = new Logger('plugins');

/** What `configure` made of one configuration, and how many runtimes use it. */
interface Preparation {
  readonly fingerprint: string;
  readonly plugin: Plugin;
  readonly value: unknown;
  holders: number;
}

/** The prepared plugins of one snapshot. */
export class PreparedPlugins {
  private constructor(
    /** In chain order: higher priority first, by name descending among equals (Kong). */
    readonly instances: readonly PluginInstance[],
    private readonly preparations: ReadonlyMap<string, Preparation>,
  ) {}

  static readonly NONE = new PreparedPlugins([], new Map());

  /**
   * Configures every enabled Plugin of a snapshot. One whose configuration is what it was keeps its prepared value, so
   * that balancer positions, health and counters outlive a reload. Throws, with nothing left open, when some cannot be.
   */
  static async prepare(
    snapshot: Snapshot,
    registry: PluginRegistry,
    vaults: Vaults,
    before: PreparedPlugins,
  ): Promise<PreparedPlugins> {
    const preparations = new Map<string, Preparation>();
    const instances: { instance: PluginInstance; priority: number }[] = [];
    const refused: RefusedPlugin[] = [];
    try {
      for (const entity of snapshot.all<PluginEntity>('plugins').values()) {
        if (!entity.enabled) continue;
        const registered = registry.get(entity.name);
        if (!registered) throw new Error(`plugin '${entity.name}' is configured but its code is not loaded`);
        const { plugin, declaration } = registered;
        const { config, unresolved } = resolveReferences(declaration.config, entity.config, vaults);
        const fingerprint = JSON.stringify([entity.name, config, unresolved]);
        let preparation = before.preparations.get(entity.id);
        if (preparation?.fingerprint !== fingerprint) {
          const attachedTo = attachment(entity, snapshot);
          const warn = (message: string) => logger.warn(`plugin '${entity.name}' on ${attachedTo}: ${message}`);
          const scope = { id: entity.id, attachedTo, unresolved, warn };
          try {
            const value = plugin.configure ? plugin.configure(config, scope) : config;
            preparation = { fingerprint, plugin, value, holders: 0 };
          } catch (error) {
            refused.push({ id: entity.id, message: (error as Error).message });
            continue;
          }
        }
        preparation.holders += 1;
        preparations.set(entity.id, preparation);
        const instance = { name: entity.name, entity, plugin, prepared: preparation.value };
        instances.push({ instance, priority: declaration.priority });
      }
      if (refused.length > 0) throw new RefusedPlugins(refused);
    } catch (error) {
      await new PreparedPlugins([], preparations).release();
      throw error;
    }
    instances.sort((a, b) => b.priority - a.priority || (a.instance.name < b.instance.name ? 1 : -1));
    return new PreparedPlugins(
      instances.map(({ instance }) => instance),
      preparations,
    );
  }

  /** No request uses these any more: what no other snapshot holds is closed. */
  async release(): Promise<void> {
    for (const preparation of this.preparations.values()) {
      preparation.holders -= 1;
      if (preparation.holders > 0) continue;
      try {
        await preparation.plugin.release?.(preparation.value);
      } catch (error) {
        logger.error(`a plugin could not release its configuration: ${(error as Error).message}`);
      }
    }
  }
}

/** Where a Plugin is attached, in words: `service 'codex-service'`. */
function attachment(entity: PluginEntity, snapshot: Snapshot): string {
  const places = (['consumer', 'consumer_group', 'route', 'service'] as const).flatMap((kind) => {
    const id = entity[kind]?.id;
    if (id === undefined) return [];
    const target = snapshot.get(`${kind}s`, id) as { name?: string; username?: string } | undefined;
    return [`${kind} '${target?.name ?? target?.username ?? id}'`];
  });
  return places.length > 0 ? places.join(' and ') : 'every request';
}
