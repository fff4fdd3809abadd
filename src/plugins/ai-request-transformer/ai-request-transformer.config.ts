import { LlmTransformerConfig } from '../../exchange/llm-transformer-config.js';

/** Source: ai-request-transformer's schema of Kong 3.15. */
export class AiRequestTransformerConfig extends LlmTransformerConfig {}
