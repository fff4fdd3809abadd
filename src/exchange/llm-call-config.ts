import { BalancedTarget } from '../ai/balanced-target.js';
import { Flag, Integer, RecordOf, Text } from '../entities/field.js';
import { hostWithoutPort } from '../entities/field-types.js';
import { type Milliseconds, milliseconds } from '../entities/units.js';

const PORT = { between: [0, 65535] } as const;

/** A model that the gateway itself asks, and how it gets there. Source: Kong kong/plugins/ai-request-transformer/schema.lua. */
export class LlmCallConfig {
  /** The model. */
  @RecordOf(BalancedTarget, { required: true }) llm!: BalancedTarget;
  /** How long the model may take to connect, to begin its answer, and between two pieces of it. 0: a minute. */
  @Integer({ required: true }) http_timeout: Milliseconds = milliseconds(60_000);
  /** Whether the model's server must show a certificate of a known authority for its name. */
  @Flag({ required: true }) https_verify = true;
  /** A proxy for calls over http. */
  @Text({ rule: hostWithoutPort }) http_proxy_host?: string;
  /** Its port. */
  @Integer(PORT) http_proxy_port?: number;
  /** A proxy for calls over https; it is spoken to in plain text, and asked for a tunnel. */
  @Text({ rule: hostWithoutPort }) https_proxy_host?: string;
  /** Its port. */
  @Integer(PORT) https_proxy_port?: number;
}
