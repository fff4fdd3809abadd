import type { Bytes } from '../../entities/units.js';
import { LlmCalls } from '../../exchange/llm-calls.js';
import { LlmTransformer } from '../../exchange/llm-transformer.js';
import { LlmTransformerRules } from '../../exchange/llm-transformer-config.js';
import { readPlainBody } from '../../exchange/plain-body.js';
import { refuse } from '../../exchange/refusal.js';
import { type AccessRequest, HTTP_PROTOCOLS, KongPlugin, type Plugin, type PluginScope } from '../../pdk/plugin.js';
import { AiRequestTransformerConfig } from './ai-request-transformer.config.js';

interface Prepared {
  readonly transformer: LlmTransformer;
  readonly limit: Bytes;
}

const NAME = 'ai-request-transformer';

/**
 * Lets a model rewrite the body of a request before it goes upstream. Runs after whatever authenticates, limits or transforms
 * by rule (request-transformer, 801) and before everything that looks at a prompt (776 and down) or sends one to a model
 * (ai-proxy, 770), so that these work on what the model wrote.
 */
@KongPlugin({
  name: NAME,
  priority: 777,
  config: AiRequestTransformerConfig,
  rules: LlmTransformerRules,
  refusedScopes: ['consumer'],
  protocols: HTTP_PROTOCOLS,
})
export class AiRequestTransformerPlugin implements Plugin<AiRequestTransformerConfig, Prepared> {
  constructor(private readonly calls: LlmCalls) {}

  configure(config: AiRequestTransformerConfig, scope: PluginScope): Prepared {
    const transformer = new LlmTransformer(this.calls.callFor(config, scope), config, NAME, scope);
    return { transformer, limit: config.max_request_body_size };
  }

  async access(request: AccessRequest, { transformer, limit }: Prepared): Promise<void> {
    const read = await readPlainBody(request, limit);
    if ('refusal' in read) {
      refuse(request, read.refusal);
      return;
    }
    const rewritten = await transformer.rewrite(request, read.bytes);
    switch (rewritten.kind) {
      case 'text':
        replaceBody(request, Buffer.from(rewritten.text));
        break;
      case 'failed':
        refuse(request, rewritten.refusal);
        break;
      case 'client-left':
        request.exit(499);
        break;
    }
  }
}

/** Headers stay what the client sent, but for the framing, which the log shows as it goes upstream (Kong does the same). */
function replaceBody({ body, headers }: AccessRequest, bytes: Buffer): void {
  body.replace(bytes);
  headers.remove('transfer-encoding');
  headers.set('Content-Length', String(bytes.length));
}
