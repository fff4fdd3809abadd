import { Logger } from '@nestjs/common';
import type { AccessRequest, PluginScope } from '../pdk/plugin.js';
import type { LlmCall } from './llm-call.js';
import { logCall } from './llm-call-log.js';
import { ExtractPattern } from './llm-call-pattern.js';
import type { LlmTransformerConfig } from './llm-transformer-config.js';
import { type Refusal, unfit } from './refusal.js';

const logger = new Logger('ai');

/** What came of letting a model rewrite a body. */
export type Rewritten =
  | { readonly kind: 'text'; readonly text: string }
  /** In Kong's words, for the client. */
  | { readonly kind: 'failed'; readonly refusal: Refusal }
  | { readonly kind: 'client-left' };

/**
 * Lets a model rewrite a body: the prompt tells it how, the body is what it is given, and what it says is the new body. What a
 * model says is a stranger's text; whoever uses it as more than a text has to check it.
 */
export class LlmTransformer {
  private readonly pattern: ExtractPattern | undefined;
  private readonly pluginId: string;
  private readonly decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  /** `use`: the name under which the log tells of the call; Kong's is the plugin's. */
  constructor(
    private readonly call: LlmCall,
    private readonly config: LlmTransformerConfig,
    private readonly use: string,
    scope: PluginScope,
  ) {
    this.pluginId = scope.id;
    const pattern = config.transformation_extract_pattern ?? undefined;
    this.pattern = pattern === undefined ? undefined : ExtractPattern.of(pattern);
    const problem = this.pattern?.problem;
    if (problem !== undefined) {
      scope.warn(`transformation_extract_pattern cannot be used, so every request will be refused: ${problem}`);
    }
  }

  async rewrite(request: AccessRequest, body: Buffer): Promise<Rewritten> {
    const rewritten = await this.attempt(request, body);
    if (rewritten.kind === 'failed') logger.warn(`request ${request.id}: ${this.use}: ${rewritten.refusal.message}`);
    return rewritten;
  }

  private async attempt(request: AccessRequest, body: Buffer): Promise<Rewritten> {
    // Known before anything is spent on the model.
    if (this.pattern?.problem !== undefined)
      return failed(`failed regex matching ai response: ${this.pattern.problem}`);
    const content = this.textOf(body);
    if (content === undefined) {
      return failed('failed to introspect request with AI service: the body is not text in UTF-8');
    }
    const reply = await this.call.ask(request, [
      { role: 'system', content: this.config.prompt },
      { role: 'user', content },
    ]);
    if (reply.kind === 'client-left') return reply;
    if (reply.facts) logCall(request, `ai.${this.use}`, this.pluginId, reply.facts);
    return reply.kind === 'failed' ? reply : this.partOf(reply.text);
  }

  private partOf(text: string): Rewritten {
    if (!this.pattern) return { kind: 'text', text };
    const extracted = this.pattern.extract(text);
    switch (extracted.kind) {
      case 'match':
        return { kind: 'text', text: extracted.text };
      case 'no-match':
        return failed('AI response did not match specified regular expression');
      case 'problem':
        return failed(`failed regex matching ai response: ${extracted.problem}`);
    }
  }

  private textOf(body: Buffer): string | undefined {
    try {
      return this.decoder.decode(body);
    } catch {
      return undefined;
    }
  }
}

const failed = (message: string): Rewritten => ({ kind: 'failed', refusal: unfit(message) });
