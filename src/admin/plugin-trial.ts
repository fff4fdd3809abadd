import { Injectable } from '@nestjs/common';
import { ConfigStore } from '../config/config-store.js';
import { Settings } from '../config/settings.js';
import { EMPTY_SNAPSHOT } from '../config/snapshot.js';
import { Vaults } from '../config/vault-references.js';
import type { EntityBase } from '../entities/field-types.js';
import { PluginRegistry } from '../plugins/plugin-registry.js';
import { PreparedPlugins } from '../proxy/prepared-plugins.js';

/** Tries whether a plugin can work with a configuration that its schema lets pass. */
@Injectable()
export class PluginTrial {
  constructor(
    private readonly plugins: PluginRegistry,
    private readonly config: ConfigStore,
    private readonly settings: Settings,
  ) {}

  /** Why it cannot; `undefined`: it can. Leaves nothing behind. */
  async problem(entity: EntityBase): Promise<string | undefined> {
    const alone = EMPTY_SNAPSHOT.with([{ kind: 'plugins', id: entity.id, entity }], EMPTY_SNAPSHOT.hash);
    const vaults = Vaults.of(this.config.snapshot(), this.settings);
    try {
      const prepared = await PreparedPlugins.prepare(alone, this.plugins, vaults, PreparedPlugins.NONE);
      await prepared.release();
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }
}
