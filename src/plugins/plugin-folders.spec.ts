import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { readDeclarative } from '../config/declarative-reader.js';
import { coreRegistry } from '../entities/core-entities.js';
import { entityDefinition } from '../entities/entity.js';
import type { PluginEntity } from '../entities/plugin-entity.js';
import { PRODUCT } from '../entities/product.js';
import { classesIn } from '../extension-folder.js';
import { KongPlugin, type PluginDeclaration } from '../pdk/plugin.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const folders = readdirSync(HERE, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const declaredIn = async (folder: string) =>
  (await classesIn([folder], 'plugin', KongPlugin.KEY)).map(
    (plugin) => Reflect.getMetadata(KongPlugin.KEY, plugin) as PluginDeclaration,
  );
const registry = coreRegistry();
for (const declaration of await declaredIn(HERE)) {
  registry.addPlugin({ version: PRODUCT.version, ...declaration });
  for (const record of declaration.entities ?? []) registry.addEntity(entityDefinition(record));
}
const enabledPlugins = new Set(registry.plugins().map(({ name }) => name));

/** Declared fields whose declaration follows no doc comment: `line: text`. */
function withoutDescription(source: string): string[] {
  const lines = source.split('\n');
  return lines.flatMap((line, index) =>
    /^ {2}@\w+\(/.test(line) && !lines[index - 1]?.trimEnd().endsWith('*/') ? [`${index + 1}: ${line.trim()}`] : [],
  );
}

describe.each(folders.map(({ name }) => name))('the folder of %s', (name) => {
  const folder = join(HERE, name);

  it('holds one plugin, called like the folder', async () => {
    expect((await declaredIn(folder)).map((declaration) => declaration.name)).toEqual([name]);
  });

  it('has a readme with its four parts', () => {
    const headings = readFileSync(join(folder, 'README.md'), 'utf8').match(/^##? .*$/gm);

    expect(headings).toEqual([
      `# ${name}`,
      '## What it does',
      '## When it runs, and why there',
      '## Configuration',
      '## Limits',
    ]);
  });

  it('has examples, each of which the gateway takes', () => {
    const examples = readdirSync(join(folder, 'examples'));

    expect(examples).not.toEqual([]);
    for (const file of examples) {
      const text = readFileSync(join(folder, 'examples', file), 'utf8');
      const options = { registry, enabledPlugins, environment: {}, now: 0 };
      const result = readDeclarative([{ file, text }], options);

      expect(result).not.toHaveProperty('problems');
      if (!('snapshot' in result)) continue;
      const used = [...result.snapshot.all<PluginEntity>('plugins').values()].map((plugin) => plugin.name);
      expect(used).toContain(name);
    }
  });

  it('says of every configuration field what it is', () => {
    const undescribed = readdirSync(folder)
      .filter((file) => file.endsWith('.config.ts'))
      .flatMap((file) => withoutDescription(readFileSync(join(folder, file), 'utf8')).map((line) => `${file}:${line}`));

    expect(undescribed).toEqual([]);
  });
});
