import { Test } from '@nestjs/testing';
import { AiModule } from '../../src/ai/ai.module.js';
import { Settings } from '../../src/config/settings.js';
import { recordSchema } from '../../src/entities/record-schema.js';
import type { LlmCall } from '../../src/exchange/llm-call.js';
import type { LlmCallConfig } from '../../src/exchange/llm-call-config.js';
import { LlmCalls } from '../../src/exchange/llm-calls.js';
import type { AccessRequest, PluginScope } from '../../src/pdk/plugin.js';
import { AiRequestTransformerConfig } from '../../src/plugins/ai-request-transformer/ai-request-transformer.config.js';
import { AiRequestTransformerPlugin } from '../../src/plugins/ai-request-transformer/ai-request-transformer.plugin.js';
import { AiResponseTransformerConfig } from '../../src/plugins/ai-response-transformer/ai-response-transformer.config.js';
import { AiResponseTransformerPlugin } from '../../src/plugins/ai-response-transformer/ai-response-transformer.plugin.js';
import { Resolver } from '../../src/transport/resolver.js';
import { UpstreamClient } from '../../src/transport/upstream-client.js';
import type { Answer } from './fake-upstream.js';
import { UPSTREAM_KEY } from './fake-upstream.js';

/** An access phase made ready with a configuration. */
export type Access = (request: AccessRequest) => Promise<void>;

/** The plugins that ask a model themselves, with everything they inject. Whoever makes them closes them. */
export async function aiTransformers() {
  const upstreams = new UpstreamClient({ size: 64, idleTimeout: 10_000, maxRequests: 0 });
  const module = await Test.createTestingModule({
    imports: [await AiModule.register()],
    providers: [
      LlmCalls,
      Settings,
      { provide: Resolver, useValue: new Resolver() },
      { provide: UpstreamClient, useValue: upstreams },
    ],
  }).compile();
  const calls = module.get(LlmCalls);
  const requestTransformer = new AiRequestTransformerPlugin(calls);
  const responseTransformer = new AiResponseTransformerPlugin(calls);
  const scoped = (scope: Partial<PluginScope>) => ({ ...SCOPE, ...scope });
  return {
    request: (config: object, scope: Partial<PluginScope> = {}): Access => {
      const prepared = requestTransformer.configure(parsed(AiRequestTransformerConfig, config), scoped(scope));
      return (request) => requestTransformer.access(request, prepared);
    },
    response: (config: object, scope: Partial<PluginScope> = {}): Access => {
      const prepared = responseTransformer.configure(parsed(AiResponseTransformerConfig, config), scoped(scope));
      return (request) => responseTransformer.access(request, prepared);
    },
    call: (config: object): LlmCall =>
      calls.callFor(parsed(AiRequestTransformerConfig, { prompt: 'unused', ...config }) as LlmCallConfig, SCOPE),
    close: () => upstreams.close(),
  };
}

export type AiTransformers = Awaited<ReturnType<typeof aiTransformers>>;

const SCOPE: PluginScope = { id: 'plugin', attachedTo: 'every request', unresolved: [], warn: () => undefined };

function parsed<T>(schema: new () => T, config: object): T {
  const { value, error } = recordSchema(schema).check(config);
  if (error !== undefined) throw new Error(JSON.stringify(error));
  return value;
}

/** The `llm` block for a model at that address. */
export const modelAt = (url: string, changes: { model?: object; [field: string]: unknown } = {}) => ({
  route_type: 'llm/v1/chat',
  auth: { header_name: 'Authorization', header_value: `Bearer ${UPSTREAM_KEY}` },
  logging: { log_statistics: true },
  ...changes,
  model: {
    provider: 'openai',
    name: 'gpt-tr',
    options: { upstream_url: `${url}/v1/chat/completions` },
    ...changes.model,
  },
});

/** A completion in which the model says so. */
export const completion = (content: unknown): string =>
  JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: 'gpt-tr-2026',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 25, completion_tokens: 12, total_tokens: 37 },
  });

/** The model says what `words` makes of what it was given. */
export function says(words: string | ((given: string) => string)): Answer {
  return ({ request, response }) => {
    const { messages } = JSON.parse(request.body.toString()) as { messages: { content: string }[] };
    const given = messages.at(-1)?.content ?? '';
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(completion(typeof words === 'string' ? words : words(given)));
  };
}
