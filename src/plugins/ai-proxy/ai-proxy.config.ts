import { LLM_FORMATS } from '../../ai/model-config.js';
import { nativeFormatProblems, TargetConfig } from '../../ai/target-config.js';
import { Flag, Integer, Text } from '../../entities/field.js';
import { Rule } from '../../entities/record-rules.js';
import { type Bytes, bytes } from '../../entities/units.js';

const CATEGORIES = [
  'audio/speech',
  'audio/transcription',
  'image/generation',
  'text/embeddings',
  'text/generation',
  'video/generation',
];

/** One target, flat. Source: ai-proxy's schema of Kong 3.15. */
@Rule((config: Partial<AiProxyConfig>, report) => {
  for (const { field, value, text } of nativeFormatProblems(config.llm_format ?? 'openai', config)) {
    report.entity(text);
    report.field(field, `value must be ${value}`);
  }
})
export class AiProxyConfig extends TargetConfig {
  /** What the route is for; a label. */
  @Text({ oneOf: CATEGORIES }) genai_category = 'text/generation';
  /** The format clients speak. */
  @Text({ oneOf: LLM_FORMATS }) llm_format = 'openai';
  /** 0: no limit. Counts the body as it is read and, where the client compressed it, as it was before. */
  @Integer({ greaterThan: -1 }) max_request_body_size: Bytes = bytes(1048576);
  /** Whether answers tell provider and model in `X-Kong-LLM-Model`. */
  @Flag() model_name_header = true;
  /** Whether clients may, may not, or will get their answers as streams. */
  @Text({ oneOf: ['allow', 'always', 'deny'] }) response_streaming: 'allow' | 'always' | 'deny' = 'allow';
}
