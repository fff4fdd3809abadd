import { type LlmProvider, Provider } from '../../../src/ai/providers/provider.js';

/** A provider from outside the house: speaks a known format at an address of its own. */
@Provider({ name: 'deepseek' })
export class DeepSeekProvider implements LlmProvider {
  formatFor(routeType: string): string | undefined {
    return routeType === 'llm/v1/chat' ? 'openai-chat' : undefined;
  }

  urlFor(): URL {
    return new URL('https://models.test/chat/completions');
  }
}
