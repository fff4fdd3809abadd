import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readDeclarative } from '../../src/config/declarative-reader.js';
import { coreRegistry } from '../../src/entities/core-entities.js';
import type { PluginDefinition } from '../../src/entities/entity-registry.js';
import { pluginSchema } from '../../src/entities/kong-schema.js';
import { KongPlugin, type PluginDeclaration } from '../../src/pdk/plugin.js';
import { AiProxyAdvancedPlugin } from '../../src/plugins/ai-proxy-advanced/ai-proxy-advanced.plugin.js';
import { AiRequestTransformerPlugin } from '../../src/plugins/ai-request-transformer/ai-request-transformer.plugin.js';
import { AiResponseTransformerPlugin } from '../../src/plugins/ai-response-transformer/ai-response-transformer.plugin.js';
import { type AiTransformers, aiTransformers } from '../support/ai-transformers.js';
import { type EchoUpstream, echoUpstream } from '../support/echo-upstream.js';
import { ServiceDesk } from '../support/service-desk.js';

interface ConfigCase {
  readonly name: string;
  readonly plugin: string;
  readonly config: object;
  readonly valid: boolean;
  readonly why: string;
  readonly expect_error_fields: readonly string[];
}

const FIXTURES = new URL('fixtures/ai/', import.meta.url);
const json = <T>(name: string) => JSON.parse(readFileSync(new URL(name, FIXTURES), 'utf8')) as T;
const cases = json<ConfigCase[]>('transformer-config-cases.json');

const definitions = [AiRequestTransformerPlugin, AiResponseTransformerPlugin, AiProxyAdvancedPlugin].map(
  (plugin): PluginDefinition => ({
    version: '1',
    ...(Reflect.getMetadata(KongPlugin.KEY, plugin) as PluginDeclaration),
  }),
);

function read(text: string) {
  const registry = coreRegistry();
  for (const definition of definitions) registry.addPlugin(definition);
  const enabledPlugins = new Set(definitions.map(({ name }) => name));
  return readDeclarative([{ file: undefined, text }], { registry, enabledPlugins, environment: {}, now: 1 });
}

/** What is wrong with a Plugin entity, in Kong's form. */
function errorsOf(plugin: object): Record<string, unknown> | undefined {
  const consumers = [{ username: 'alice' }];
  const result = read(JSON.stringify({ _format_version: '3.0', consumers, plugins: [plugin] }));
  if ('snapshot' in result) return undefined;
  return (result.kongError.fields as { plugins: Record<string, unknown>[] }).plugins[0];
}

describe('configurations of the AI transformers, as Kong 3.15 judges them', () => {
  it.each(cases.filter(({ valid }) => valid))('are taken: $name', ({ plugin, config }) => {
    expect(errorsOf({ name: plugin, config })).toBeUndefined();
  });

  it.each(cases.filter(({ valid }) => !valid))('are refused: $name, $why', ({ plugin, config, why, ...one }) => {
    const errors = JSON.stringify(errorsOf({ name: plugin, config }));

    expect(errors).toContain(why);
    for (const field of one.expect_error_fields) expect(errors).toContain(field.split('.').at(-1));
  });

  const llm = { route_type: 'llm/v1/chat', model: { provider: 'openai', name: 'gpt-4o' } };
  it.each(['ai-request-transformer', 'ai-response-transformer'])(
    'are judged as a whole where Kong does, for %s',
    (name) => {
      const config = {
        prompt: 'x',
        llm: { ...llm, route_type: 'llm/v1/completions' },
        http_proxy_port: 8080,
        https_proxy_host: 'proxy.test',
      };

      expect(errorsOf({ name, config })).toEqual({
        '@entity': [
          "'config.llm.route_type' must be 'llm/v1/chat' for AI transformer plugins",
          "all or none of these fields must be set: 'config.http_proxy_host', 'config.http_proxy_port'",
          "all or none of these fields must be set: 'config.https_proxy_host', 'config.https_proxy_port'",
        ],
        config: { llm: { route_type: 'value must be llm/v1/chat' } },
      });
      expect(errorsOf({ name, consumer: 'alice', config: { prompt: 'x', llm } })).toEqual({
        consumer: 'value must be null',
      });
    },
  );

  it('are shown with the rules between their fields', () => {
    expect(pluginSchema(definitions[0] as PluginDefinition).entity_checks).toEqual([
      { mutually_required: ['config.http_proxy_host', 'config.http_proxy_port'] },
      { mutually_required: ['config.https_proxy_host', 'config.https_proxy_port'] },
    ]);
  });

  it.each(['ai-request-transformer', 'ai-response-transformer'])('are taken from the examples of %s', (name) => {
    const folder = new URL(`../../src/plugins/${name}/examples/`, import.meta.url);
    const files = readdirSync(folder);

    expect(files).not.toEqual([]);
    for (const file of files) expect(read(readFileSync(new URL(file, folder), 'utf8'))).toHaveProperty('snapshot');
  });
});

describe('ai-request-transformer, as recorded from Kong', () => {
  interface Seen {
    readonly method: string;
    readonly path: string;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: string;
  }
  const recorded = json<{
    config: { llm: { model: object } };
    request: { method: string; path: string; body: string };
    model_saw: Seen;
    service_saw: Seen;
    ai: Record<string, { meta: object; usage: object; cache: object }>;
    logged_request_headers: Record<string, string>;
  }>('recorded-request-transformer.json');
  const SAID = { role: 'assistant', content: recorded.service_saw.body };

  let plugins: AiTransformers;
  let service: EchoUpstream;
  let model: EchoUpstream;
  let desk: ServiceDesk;
  beforeAll(async () => {
    plugins = await aiTransformers();
    service = await echoUpstream();
    model = await echoUpstream({
      model: 'gpt-tr',
      choices: [{ message: SAID, finish_reason: 'stop' }],
      usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 },
    });
    desk = await ServiceDesk.open({ service: { url: `${service.url}/up` } });
  });
  afterAll(async () => {
    await desk.close();
    await model.close();
    await service.close();
    await plugins.close();
  });

  it('asks the model, words the request and logs it alike', async () => {
    const { config, request, model_saw, service_saw, ai } = recorded;
    const options = { upstream_url: `${model.url}${model_saw.path}` };
    const access = plugins.request({ ...config, llm: { ...config.llm, model: { ...config.llm.model, options } } });
    const { method, path, body } = request;
    const answer = await desk.ask({ method, path, body, headers: { 'Content-Type': 'application/json' }, access });

    const [call] = model.seen;
    expect([call?.method, call?.path]).toEqual([model_saw.method, model_saw.path]);
    expect(JSON.parse(call?.body as string)).toEqual(JSON.parse(model_saw.body));
    for (const [name, value] of model_saw.headers) {
      // Ours are another product's, at another port.
      if (name !== 'Host' && name !== 'User-Agent') expect(call?.headers[name.toLowerCase()]).toBe(value);
    }
    const [sent] = service.seen;
    expect([sent?.method, sent?.body]).toEqual([service_saw.method, service_saw.body]);
    expect(sent?.headers).toMatchObject({ 'content-type': 'application/json', 'content-length': '12' });

    const record: { ai?: typeof ai } = {};
    answer.request.logFields.applyTo(record);
    const theirs = ai['ai-request-transformer'];
    const ours = record.ai?.['ai-request-transformer'];
    const measured = { llm_latency: expect.any(Number), plugin_id: 'plugin' };
    expect(ours?.meta).toMatchObject({ ...theirs?.meta, ...measured });
    expect(ours?.usage).toMatchObject({ ...theirs?.usage, time_per_token: expect.any(Number) });
    expect(ours?.cache).toEqual(theirs?.cache);
    expect(answer.request.headers.toObject()['content-length']).toBe(recorded.logged_request_headers['content-length']);
  });
});
