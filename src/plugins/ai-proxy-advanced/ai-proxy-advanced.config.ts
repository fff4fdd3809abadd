import { BalancedTarget } from '../../ai/balanced-target.js';
import { EmbeddingsConfig } from '../../ai/embeddings-config.js';
import { LLM_FORMATS } from '../../ai/model-config.js';
import { nativeFormatProblems } from '../../ai/target-config.js';
import { VectordbConfig } from '../../ai/vectordb-config.js';
import { Flag, Integer, ListOf, RecordOf, Text } from '../../entities/field.js';
import { isSet, Rule } from '../../entities/record-rules.js';
import { type Bytes, bytes } from '../../entities/units.js';
import { AclsConfig } from './acl.config.js';
import { BalancerConfig } from './balancer.config.js';

const CATEGORIES = [
  'audio/speech',
  'audio/transcription',
  'image/generation',
  'realtime/generation',
  'text/embeddings',
  'text/generation',
  'video/generation',
];

/** Several targets, and how requests are spread over them. Source: ai-proxy-advanced's schema of Kong 3.15. */
@Rule(({ llm_format, targets }: Partial<AiProxyAdvancedConfig>, report) => {
  const texts = (targets ?? []).flatMap((target) => nativeFormatProblems(llm_format ?? 'openai', target));
  for (const text of new Set(texts.map((problem) => problem.text))) report.entity(text);
})
@Rule((config: Partial<AiProxyAdvancedConfig>, report) => {
  if (config.balancer?.algorithm !== 'semantic') return;
  for (const name of ['embeddings', 'vectordb'] as const) {
    if (!isSet(config[name])) report.field(name, 'required field missing');
  }
})
export class AiProxyAdvancedConfig {
  /** Who may use the targets. */
  @RecordOf(AclsConfig) acls?: AclsConfig;
  /** How requests are spread over the targets. */
  @RecordOf(BalancerConfig) balancer?: BalancerConfig;
  /** semantic: the model that turns prompts into vectors. */
  @RecordOf(EmbeddingsConfig) embeddings?: EmbeddingsConfig;
  /** semantic: where the vectors are kept. */
  @RecordOf(VectordbConfig) vectordb?: VectordbConfig;
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
  /** The models. */
  @ListOf(BalancedTarget, { required: true }) targets!: BalancedTarget[];
}
