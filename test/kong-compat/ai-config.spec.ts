import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { AiModule } from '../../src/ai/ai.module.js';
import { BalancingModule } from '../../src/balancing/balancing.module.js';
import { Settings } from '../../src/config/settings.js';
import { type ErrorTree, violationMessage } from '../../src/entities/error-tree.js';
import { recordSchema } from '../../src/entities/record-schema.js';
import { LlmExchanges } from '../../src/exchange/llm-exchanges.js';
import type { Plugin, PluginScope } from '../../src/pdk/plugin.js';
import { AiProxyConfig } from '../../src/plugins/ai-proxy/ai-proxy.config.js';
import { AiProxyPlugin } from '../../src/plugins/ai-proxy/ai-proxy.plugin.js';
import { AiProxyAdvancedConfig } from '../../src/plugins/ai-proxy-advanced/ai-proxy-advanced.config.js';
import { AiProxyAdvancedPlugin } from '../../src/plugins/ai-proxy-advanced/ai-proxy-advanced.plugin.js';
import { Resolver } from '../../src/transport/resolver.js';

interface ConfigCase {
  readonly name: string;
  readonly plugin: 'ai-proxy' | 'ai-proxy-advanced';
  readonly config: unknown;
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
const scope: PluginScope = { id: 'p', attachedTo: 'every request', unresolved: [], warn: () => undefined };

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
  let plugins: Record<ConfigCase['plugin'], Plugin>;

  beforeAll(async () => {
    const rooms = [await AiModule.register(), await BalancingModule.register()];
    const providers = [LlmExchanges, { provide: Resolver, useValue: new Resolver() }, Settings];
    const module = await Test.createTestingModule({ imports: rooms, providers }).compile();
    const exchanges = module.get(LlmExchanges);
    plugins = {
      'ai-proxy': new AiProxyPlugin(exchanges) as Plugin,
      'ai-proxy-advanced': new AiProxyAdvancedPlugin(exchanges) as Plugin,
    };
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
    let runs = 0;
    const refused = new Map<string, number>();
    for (const { plugin, config, valid, name } of cases) {
      if (!valid) continue;
      try {
        plugins[plugin].configure?.(schemas[plugin].check(config).value, scope);
        runs++;
      } catch (error) {
        const { message } = error as Error;
        expect({ name, message }).toEqual({ name, message: expect.stringMatching(/ is not built yet; built: /) });
        const what = message.split(' is not built')[0] as string;
        refused.set(what, (refused.get(what) ?? 0) + 1);
      }
    }
    const refusals = [...refused.values()].reduce((sum, count) => sum + count, 0);
    expect({ runs, refusals, all: runs + refusals }).toEqual({ runs, refusals, all: 113 });
    expect(runs).toBeGreaterThanOrEqual(20);
  });
});
