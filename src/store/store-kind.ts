import type { Settings } from '../config/settings.js';
import { EmbeddedStore } from './embedded-store.js';
import type { EntityStore } from './entity-store.js';
import { PostgresStore } from './postgres-store.js';

/** The store the settings ask for; `undefined`: none, declarative files are the configuration. */
export function entityStore(settings: Settings): EntityStore | undefined {
  switch (settings.database) {
    case 'off':
      return undefined;
    case 'embedded':
      return new EmbeddedStore(settings.dataFolder);
    case 'postgres':
      return new PostgresStore(settings);
  }
}
