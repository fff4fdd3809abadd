import { type Bytes, bytes } from '../../entities/units.js';
import { LlmCalls } from '../../exchange/llm-calls.js';
import { LlmTransformer } from '../../exchange/llm-transformer.js';
import { LlmTransformerRules } from '../../exchange/llm-transformer-config.js';
import { tooLarge } from '../../exchange/plain-body.js';
import { refuse } from '../../exchange/refusal.js';
import type { HeaderList } from '../../pdk/header-list.js';
import { type AccessRequest, HTTP_PROTOCOLS, KongPlugin, type Plugin, type PluginScope } from '../../pdk/plugin.js';
import { AiResponseTransformerConfig } from './ai-response-transformer.config.js';
import { readInstructions } from './response-instructions.js';

interface Prepared {
  readonly transformer: LlmTransformer;
  readonly limit: Bytes;
  readonly followsInstructions: boolean;
}

interface Answer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Buffer;
}

const NAME = 'ai-response-transformer';
/** The most of an answer that is held. No model takes more at once: a million tokens are some four megabytes. */
const MOST_HELD = bytes(8 * 1024 * 1024);

/**
 * Lets a model rewrite the answer of the upstream before the client gets it. A model is asked with the whole answer, and asking
 * takes time that no filter has; so the plugin asks the upstream itself, in access, and answers the client. Runs after ai-proxy
 * (770), which has planned where to go by then; nothing that runs later in access sees the request.
 */
@KongPlugin({
  name: NAME,
  priority: 768,
  config: AiResponseTransformerConfig,
  rules: LlmTransformerRules,
  refusedScopes: ['consumer'],
  protocols: HTTP_PROTOCOLS,
})
export class AiResponseTransformerPlugin implements Plugin<AiResponseTransformerConfig, Prepared> {
  constructor(private readonly calls: LlmCalls) {}

  configure(config: AiResponseTransformerConfig, scope: PluginScope): Prepared {
    return {
      transformer: new LlmTransformer(this.calls.callFor(config, scope), config, NAME, scope),
      limit: config.max_request_body_size,
      followsInstructions: config.parse_llm_response_json_instructions,
    };
  }

  async access(request: AccessRequest, prepared: Prepared): Promise<void> {
    if (request.plan?.streams) {
      fail(request, 400, 'response streaming is not enabled for this LLM: its answers are transformed as a whole');
      return;
    }
    const read = await request.body.read(prepared.limit);
    if (read.state === 'too-large') {
      refuse(request, tooLarge(request, read.limit).refusal);
      return;
    }
    const answer = await request.askUpstream(MOST_HELD);
    switch (answer.kind) {
      case 'client-left':
        request.exit(499);
        break;
      case 'failed':
        fail(
          request,
          500,
          `${answer.connected ? 'subrequest failed' : 'failed to connect to upstream'}: ${answer.reason}`,
        );
        break;
      case 'answer':
        if (hasBody(request, answer.status)) await transform(request, answer, prepared);
        else give(request, answer);
    }
  }
}

async function transform(request: AccessRequest, answer: Answer, { transformer, followsInstructions }: Prepared) {
  const { status, headers } = answer;
  const rewritten = await transformer.rewrite(request, answer.body);
  switch (rewritten.kind) {
    case 'client-left':
      request.exit(499);
      break;
    case 'failed':
      refuse(request, rewritten.refusal);
      break;
    case 'text':
      if (followsInstructions) follow(request, headers, rewritten.text);
      else give(request, { status, headers, body: Buffer.from(rewritten.text) });
  }
}

/** Nothing is applied unless everything can be. */
function follow(request: AccessRequest, headers: HeaderList, text: string): void {
  const read = readInstructions(text);
  if ('problem' in read) {
    fail(request, 500, `failed to parse JSON response instructions from AI backend: ${read.problem}`);
    return;
  }
  const { instructions } = read;
  for (const [name, values] of instructions.headers) headers.setAll(name, values);
  give(request, { status: instructions.status, headers, body: instructions.body });
}

function give(request: AccessRequest, { status, headers, body }: Answer): void {
  request.exited = { kind: 'answer', status, headers, body };
}

function fail(request: AccessRequest, status: number, message: string): void {
  request.exit(status, { error: { message } });
}

/** Where there can be no body there is nothing to transform (RFC 9110, 6.4.1). */
const hasBody = ({ serviceRequest }: AccessRequest, status: number): boolean =>
  serviceRequest.method !== 'HEAD' && status !== 204 && status !== 304;
