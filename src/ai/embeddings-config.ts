import { RecordOf, Text } from '../entities/field.js';
import { AuthConfig } from './auth-config.js';
import { BedrockOptions, HuggingfaceOptions } from './model-options-config.js';

class EmbeddingsAzureOptions {
  @Text() api_version = '2023-05-15';
  @Text() deployment_id?: string;
  @Text() instance?: string;
}

class EmbeddingsGeminiOptions {
  @Text() api_endpoint?: string;
  @Text() location_id?: string;
  @Text() project_id?: string;
}

class EmbeddingsOptions {
  @RecordOf(EmbeddingsAzureOptions) azure?: EmbeddingsAzureOptions;
  @RecordOf(BedrockOptions) bedrock?: BedrockOptions;
  @RecordOf(EmbeddingsGeminiOptions) gemini?: EmbeddingsGeminiOptions;
  @RecordOf(HuggingfaceOptions) huggingface?: HuggingfaceOptions;
  @Text() upstream_url?: string;
}

class EmbeddingsModel {
  @Text({ required: true, oneOf: ['azure', 'bedrock', 'gemini', 'huggingface', 'mistral', 'ollama', 'openai'] })
  provider!: string;
  @Text({ required: true }) name!: string;
  @RecordOf(EmbeddingsOptions) options?: EmbeddingsOptions;
}

/** The model that turns texts into vectors for semantic features. */
export class EmbeddingsConfig {
  @RecordOf(AuthConfig) auth?: AuthConfig;
  @RecordOf(EmbeddingsModel, { required: true }) model!: EmbeddingsModel;
}
