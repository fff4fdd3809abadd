import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { pluginConfigs } from './plugin-configs.js';
import { differences, type PublishedSchema } from './published-schema.js';

/** Kong's published plugin schemas. They are not part of this project: the comparison is made where they are at hand. */
const folder = process.env['KONG_SCHEMAS'] ?? resolve('../shared/reference/schemas');
const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')) : [];

/** `AiProxyAdvanced.json` and `ACL.json` for `ai-proxy-advanced` and `acl`. */
const fileOf = (plugin: string) => files.find((file) => file.toLowerCase() === `${plugin.replaceAll('-', '')}.json`);

/** Where we part from the published schema on purpose, and why. */
const DELIBERATE: Record<string, string> = {
  'prometheus config.wasm_metrics': "Kong 3.9's default; later versions have no filters to measure",
};

const configs = await pluginConfigs();

if (files.length === 0) {
  it.skip(`plugin configurations are compared with Kong's schemas: none in ${folder}; set KONG_SCHEMAS`, () => {});
} else {
  describe('the configuration of', () => {
    it.each(configs.filter(([name]) => fileOf(name)))(
      '%s has Kong’s fields, types, defaults and bounds',
      (name, config) => {
        const published = JSON.parse(readFileSync(join(folder, fileOf(name) as string), 'utf8')) as PublishedSchema;
        const found = differences(config, published.properties?.['config'] as PublishedSchema);
        const deliberate = Object.keys(DELIBERATE).filter((place) => place.startsWith(`${name} `));
        const isDeliberate = (difference: string) => deliberate.includes(`${name} ${difference.split(':')[0]}`);

        expect(found.filter((difference) => !isDeliberate(difference))).toEqual([]);
        expect(found.filter(isDeliberate)).toHaveLength(deliberate.length);
      },
    );
  });
}
