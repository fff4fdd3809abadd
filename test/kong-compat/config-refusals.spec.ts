import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readDeclarative } from '../../src/config/declarative-reader.js';
import { coreRegistry } from '../../src/entities/core-entities.js';
import { pluginConfigs } from './plugin-configs.js';

interface Refused {
  readonly name: string;
  readonly config: string;
  readonly error: object;
}

/** Declarative files that Kong 3.9.3 was given, and how it refused them. */
const refusals = JSON.parse(readFileSync('test/kong-compat/fixtures/config-refusals.json', 'utf8')) as Refused[];

const registry = coreRegistry();
const configs = await pluginConfigs();
for (const [name, config] of configs) registry.addPlugin({ name, config, priority: 0, version: '0' });
const options = { registry, enabledPlugins: new Set(configs.map(([name]) => name)), environment: {}, now: 0 };

describe('a declarative file is refused as Kong refused it:', () => {
  it.each(refusals.map(({ name, config, error }) => [name, config, error] as const))('%s', (_, text, error) => {
    expect(readDeclarative([{ file: undefined, text }], options)).toMatchObject({ kongError: error });
  });
});
