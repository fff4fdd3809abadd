import { Decimal, Flag, Integer, ListOf, RecordOf, Text } from '../entities/field.js';

/** What a provider needs beside a model's name. Prices are in US dollars per million tokens. */

const POSITIVE = { greaterThan: 0 };

export class CacheWriteCost {
  /** How long the provider keeps what was written: `5m`, `1h`. */
  @Text({ required: true }) ttl!: string;
  @Decimal({ required: true }) cost!: number;
}

/** Dearer long prompts. */
export class ContextWindowFactor {
  /** Applies to prompts of more tokens than this: `128000`, `200k`. */
  @Text({ required: true }) above!: string;
  @Decimal({ required: true }) input_factor!: number;
  @Decimal({ required: true }) output_factor!: number;
}

export class ServiceTierFactor {
  /** Part of the tier's name as the provider reports it. */
  @Text({ required: true }) tier!: string;
  @Decimal({ required: true }) factor!: number;
}

export class BedrockOptions {
  @Text() aws_region?: string;
  @Text() aws_assume_role_arn?: string;
  @Text() aws_role_session_name?: string;
  @Text() aws_sts_endpoint_url?: string;
  @Text() batch_bucket_prefix?: string;
  @Text() batch_role_arn?: string;
  @Flag() embeddings_normalize = false;
  @Text() performance_config_latency?: string;
  @Text() video_output_s3_uri?: string;
}

export class GeminiOptions {
  /** Host name of the regional Vertex endpoint. */
  @Text() api_endpoint?: string;
  @Text() project_id?: string;
  @Text() location_id?: string;
  @Text() endpoint_id?: string;
}

export class HuggingfaceOptions {
  @Flag() use_cache?: boolean;
  @Flag() wait_for_model?: boolean;
}

export class CohereOptions {
  @Text({ oneOf: ['classification', 'clustering', 'image', 'search_document', 'search_query'] })
  embedding_input_type = 'classification';
  @Flag() wait_for_model?: boolean;
}

export class DashscopeOptions {
  /** Alibaba's international site; `false`: the one in China. */
  @Flag() international = true;
}

export class DatabricksOptions {
  @Text() workspace_instance_id?: string;
}

export class ModelOptions {
  /** Wins over the client's, as every option the client may also send does. */
  @Integer() max_tokens?: number;
  @Decimal({ between: [0, 5] }) temperature?: number;
  @Decimal({ between: [0, 1] }) top_p?: number;
  @Integer({ between: [0, 500] }) top_k?: number;
  @Decimal(POSITIVE) input_cost?: number;
  @Decimal(POSITIVE) output_cost?: number;
  @Decimal() cache_read_cost?: number;
  @Decimal() cache_write_cost?: number;
  @ListOf(CacheWriteCost) cache_write_cost_list?: CacheWriteCost[];
  @ListOf(ContextWindowFactor) context_window_factor?: ContextWindowFactor[];
  @ListOf(ServiceTierFactor) service_tier_factor?: ServiceTierFactor[];
  @Integer() embeddings_dimensions?: number;
  /** The complete URL, in place of the provider's own. */
  @Text() upstream_url?: string;
  /** The path alone. Deprecated by Kong. */
  @Text() upstream_path?: string;
  @Text() anthropic_version?: string;
  @Text() azure_instance?: string;
  @Text() azure_deployment_id?: string;
  @Text() azure_api_version = '2023-05-15';
  @Text({ oneOf: ['ollama', 'openai', 'raw'] }) llama2_format?: 'ollama' | 'openai' | 'raw';
  @Text({ oneOf: ['ollama', 'openai'] }) mistral_format?: 'ollama' | 'openai';
  @RecordOf(BedrockOptions) bedrock?: BedrockOptions;
  @RecordOf(CohereOptions) cohere?: CohereOptions;
  @RecordOf(DashscopeOptions) dashscope?: DashscopeOptions;
  @RecordOf(DatabricksOptions) databricks?: DatabricksOptions;
  @RecordOf(GeminiOptions) gemini?: GeminiOptions;
  @RecordOf(HuggingfaceOptions) huggingface?: HuggingfaceOptions;
}
