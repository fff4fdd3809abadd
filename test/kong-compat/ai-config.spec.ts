import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type ErrorTree, violationMessage } from '../../src/entities/error-tree.js';
import { recordSchema } from '../../src/entities/record-schema.js';
import { AiProxyConfig } from '../../src/plugins/ai-proxy/ai-proxy.config.js';
import { AiProxyAdvancedConfig } from '../../src/plugins/ai-proxy-advanced/ai-proxy-advanced.config.js';
import { aiPlugins } from '../support/ai-exchange.js';

interface ConfigCase {
  readonly name: string;
  readonly plugin: 'ai-proxy' | 'ai-proxy-advanced';
  readonly config: object;
  readonly valid: boolean;
  readonly why: string;
  readonly expect_error_fields: readonly string[];
}

const FILE = new URL('fixtures/ai/config-cases.json', import.meta.url);
const cases = JSON.parse(readFileSync(FILE, 'utf8')) as ConfigCase[];
const schemas = {
  'ai-proxy': recordSchema(AiProxyConfig),
  'ai-proxy-advanced': recordSchema(AiProxyAdvancedConfig),
};

/** Whether an error tree names a field: as a path of its own, or within a text about the whole. */
function names(tree: ErrorTree, field: string): boolean {
  const last = field
    .split('.')
    .at(-1)
    ?.replace(/\[\d+\]/, '') as string;
  let level: ErrorTree | null | undefined = tree;
  for (const key of field.replace(/\[(\d+)\]/g, '.$1').split('.')) {
    if (typeof level !== 'object' || level === null) break;
    level = (level as Record<string, ErrorTree | null>)[key];
  }
  return (level !== undefined && level !== null && level !== tree) || violationMessage(tree).includes(last);
}

describe('configurations of the AI proxies, as Kong 3.15 judges them', () => {
  let configure: Record<ConfigCase['plugin'], (config: object) => unknown>;

  beforeAll(async () => {
    const { aiProxy, aiProxyAdvanced } = await aiPlugins();
    configure = { 'ai-proxy': aiProxy, 'ai-proxy-advanced': aiProxyAdvanced };
  });

  it.each(cases.filter(({ valid }) => !valid))(
    'refuses $plugin $name: $why',
    ({ plugin, config, expect_error_fields }) => {
      const { error } = schemas[plugin].check(config);
      expect(error).toBeDefined();
      for (const field of expect_error_fields)
        expect({ field, named: names(error as ErrorTree, field) }).toMatchObject({ named: true });
    },
  );

  it.each(cases.filter(({ valid }) => valid))('takes $plugin $name', ({ plugin, config }) => {
    expect(schemas[plugin].check(config).error).toBeUndefined();
  });

  it('runs what is built of them, and names what is not', () => {
    const valid = cases.filter((one) => one.valid);
    let runs = 0;
    const refusals: string[] = [];
    for (const { plugin, config, name } of valid) {
      try {
        configure[plugin](config);
        runs++;
      } catch (error) {
        refusals.push(`${name}: ${(error as Error).message}`);
      }
    }
    for (const refusal of refusals) expect(refusal).toMatch(/ is not built yet; built: /);
    expect(runs + refusals.length).toBe(113);
    // As many as ran when this was written; what is built later adds to them.
    expect(runs).toBeGreaterThanOrEqual(22);
  });
});
