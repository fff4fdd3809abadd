import { Flag } from '../../entities/field.js';
import { LlmTransformerConfig } from '../../exchange/llm-transformer-config.js';

/** Source: ai-response-transformer's schema of Kong 3.15. */
export class AiResponseTransformerConfig extends LlmTransformerConfig {
  /** Whether the model decides on status and headers as well: it is to answer with `{"status", "headers", "body"}` in JSON. */
  @Flag({ required: true }) parse_llm_response_json_instructions = false;
}
