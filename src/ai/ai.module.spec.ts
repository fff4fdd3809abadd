import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { aiPlugins, ExchangeDesk } from '../../test/support/ai-exchange.js';
import { AiModule } from './ai.module.js';
import { AiRegistry } from './ai-registry.js';

const EXTENSIONS = [fileURLToPath(new URL('../../test/support/providers', import.meta.url))];

describe('the ai room', () => {
  let desk: ExchangeDesk;
  beforeAll(async () => {
    desk = await ExchangeDesk.open();
  });
  afterAll(() => desk.close());

  it('knows every format and provider that has a folder', async () => {
    const module = await Test.createTestingModule({ imports: [await AiModule.register()] }).compile();
    const registry = module.get(AiRegistry);
    expect(registry.providerNames()).toContain('openai');
    expect(registry.routeTypes('openai')).toEqual(expect.arrayContaining(['llm/v1/chat', 'llm/v1/responses']));
    for (const name of registry.providerNames()) {
      for (const routeType of registry.routeTypes('openai')) {
        const format = registry.provider(name)?.formatFor(routeType);
        if (format === undefined) continue;
        expect({ name, routeType, known: registry.format(format) !== undefined }).toMatchObject({ known: true });
        expect(registry.provider(name)?.urlFor(routeType).protocol).toMatch(/^https?:$/);
      }
    }
    await module.close();
  });

  it('finds a provider in a further folder, and so runs what was refused without it', async () => {
    const config = { route_type: 'llm/v1/chat', model: { provider: 'deepseek' } };
    const without = await aiPlugins();
    expect(() => without.aiProxy(config)).toThrow("provider 'deepseek' is not built yet; built: openai");
    const plugins = await aiPlugins(EXTENSIONS);
    const asked = await desk.ask(plugins.aiProxy(config), { body: { model: 'm', messages: [{ role: 'user' }] } });
    const { order, headers } = await asked.order();
    expect([headers.host, order.path]).toEqual(['models.test', '/chat/completions']);
    expect(() => plugins.aiProxy({ ...config, route_type: 'llm/v1/responses' })).toThrow(
      "provider 'deepseek' does not serve route_type 'llm/v1/responses'",
    );
  });
});
