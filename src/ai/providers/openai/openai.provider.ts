import type { Edits } from '../../formats/format.js';
import type { JsonMembers } from '../../json/json-members.js';
import { type LlmProvider, Provider } from '../provider.js';

interface Operation {
  readonly format: string;
  readonly path: string;
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  'llm/v1/chat': { format: 'openai-chat', path: '/v1/chat/completions' },
  'llm/v1/responses': { format: 'openai-responses', path: '/v1/responses' },
};

/** Models that refuse `max_tokens` and take `max_completion_tokens`: o1, o3, o4, gpt-5 and their variants (Kong 3.13). */
const COUNTS_REASONING = /^(o[134]|gpt-5)([-.]|$)/;

/** Speaks OpenAI's own formats. */
@Provider({ name: 'openai' })
export class OpenAiProvider implements LlmProvider {
  formatFor(routeType: string): string | undefined {
    return OPERATIONS[routeType]?.format;
  }

  urlFor(routeType: string): URL {
    const operation = OPERATIONS[routeType];
    if (!operation) throw new Error(`openai does not serve route_type '${routeType}'`);
    return new URL(operation.path, 'https://api.openai.com');
  }

  adjust(request: JsonMembers, edits: Edits, model: string | undefined): void {
    // Not one of OpenAI's; clients that know other providers send it (Kong: kong/llm/drivers/openai.lua).
    if (request.has('top_k')) edits.set('top_k', undefined);
    this.limitCompletion(request, edits, model ?? '');
  }

  /** One limit under the name the model takes. OpenAI refuses a request that has both. */
  private limitCompletion(request: JsonMembers, edits: Edits, model: string): void {
    const limit = edits.get('max_tokens') ?? request.slice('max_tokens')?.toString();
    if (limit === undefined) return;
    const configured = edits.has('max_tokens');
    const given = request.has('max_completion_tokens');
    if (!COUNTS_REASONING.test(model) && !(configured && given)) return;
    edits.set('max_tokens', undefined);
    if (configured || !given) edits.set('max_completion_tokens', limit);
  }
}
