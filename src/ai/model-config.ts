import { Flag, RecordOf, Text } from '../entities/field.js';
import { ModelOptions } from './model-options-config.js';

/** Names Kong 3.15 knows. Which of them are built, the AiRegistry says. */
const PROVIDERS = [
  'anthropic',
  'azure',
  'bedrock',
  'cerebras',
  'cohere',
  'dashscope',
  'databricks',
  'deepseek',
  'gemini',
  'huggingface',
  'llama2',
  'mistral',
  'ollama',
  'openai',
  'vllm',
  'xai',
];

export const ROUTE_TYPES = [
  'audio/v1/audio/speech',
  'audio/v1/audio/transcriptions',
  'audio/v1/audio/translations',
  'image/v1/images/edits',
  'image/v1/images/generations',
  'llm/v1/assistants',
  'llm/v1/batches',
  'llm/v1/chat',
  'llm/v1/completions',
  'llm/v1/embeddings',
  'llm/v1/files',
  'llm/v1/responses',
  'preserve',
  'realtime/v1/realtime',
  'video/v1/videos/generations',
];

export const LLM_FORMATS = ['anthropic', 'bedrock', 'cohere', 'gemini', 'huggingface', 'openai'];

/** One model of one provider. */
export class ModelConfig {
  /** Who serves the model. */
  @Text({ required: true, oneOf: PROVIDERS }) provider!: string;
  /** Sent upstream whatever the client asks for; left out: the client's choice. May hold `$(headers.…)` and the like. */
  @Text() name?: string;
  /** The name clients ask for; the provider gets `name`. */
  @Text() model_alias?: string;
  /** Limits, prices, address, and what the provider needs. */
  @RecordOf(ModelOptions) options?: ModelOptions;
}

export class LoggingConfig {
  /** Token counts, costs and latencies, in logs and metrics. */
  @Flag() log_statistics = false;
  /** The bodies themselves, in logs. */
  @Flag() log_payloads = false;
}
