import { Integer, Text } from '../entities/field.js';
import { AllOrNone, Rule } from '../entities/record-rules.js';
import { type Bytes, bytes } from '../entities/units.js';
import { LlmCallConfig } from './llm-call-config.js';

/** What the plugins that let a model rewrite a body have in common. */
export class LlmTransformerConfig extends LlmCallConfig {
  /** Tells the model what to do with the body it is given. */
  @Text({ required: true }) prompt!: string;
  /**
   * Cuts the part that counts out of what the model said: the whole first match of this regular expression, whose case does not
   * matter and whose `^` and `$` are ends of lines. Without a match the client gets an error.
   */
  @Text() transformation_extract_pattern?: string;
  /** 0: no limit. Counts the client's body as it is read and, where the client compressed it, as it was before. */
  @Integer({ greaterThan: -1 }) max_request_body_size: Bytes = bytes(1048576);
}

/** What must hold of a Plugin entity with such a configuration. Texts are Kong's (kong/plugins/ai-request-transformer/schema.lua). */
@Rule(({ config }: { config?: Partial<LlmTransformerConfig> }, report) => {
  if (config?.llm === undefined || config.llm.route_type === 'llm/v1/chat') return;
  report.entity("'config.llm.route_type' must be 'llm/v1/chat' for AI transformer plugins");
  report.field('config.llm.route_type', 'value must be llm/v1/chat');
})
@AllOrNone('config.http_proxy_host', 'config.http_proxy_port')
@AllOrNone('config.https_proxy_host', 'config.https_proxy_port')
export class LlmTransformerRules {}
