import type { EntityRegistry } from '../entities/entity-registry.js';
import type { Settings } from './settings.js';

/**
 * Names of the plugins that may be configured: those that are built in, as far as the setting `plugins` names them. Plugins
 * are known only once their room is initialized, so this cannot be asked in a constructor.
 */
export function enabledPlugins(settings: Pick<Settings, 'plugins'>, registry: EntityRegistry): ReadonlySet<string> {
  const built = registry.plugins().map(({ name }) => name);
  const named = new Set(settings.plugins);
  return new Set(named.has('bundled') ? built : built.filter((name) => named.has(name)));
}
