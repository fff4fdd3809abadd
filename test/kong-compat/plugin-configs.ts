import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RecordClass } from '../../src/entities/field-schema.js';

/** The configuration classes of the plugins folder, by the plugin's name: `<name>/<name>.config.ts` exports `<Name>Config`. */
export async function pluginConfigs(): Promise<(readonly [name: string, config: RecordClass])[]> {
  const folder = resolve('src/plugins');
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, `${name}.config.ts`)));
  return Promise.all(
    names.map(async (name) => {
      const file = pathToFileURL(join(folder, name, `${name}.config.ts`)).href;
      const exported = (await import(file)) as Record<string, RecordClass>;
      const wanted = `${name.replaceAll('-', '')}config`;
      const config = Object.entries(exported).find(([className]) => className.toLowerCase() === wanted)?.[1];
      if (!config) throw new Error(`${name}.config.ts exports no class called like the plugin`);
      return [name, config] as const;
    }),
  );
}
