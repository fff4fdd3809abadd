import { Decimal, Flag, Integer, ListOf, RecordOf, Text } from '../entities/field.js';

/** What a provider needs beside a model's name. Prices are in US dollars per million tokens. */

const POSITIVE = { greaterThan: 0 };

class CacheWriteCost {
  /** How long the provider keeps what was written: `5m`, `1h`. */
  @Text({ required: true }) ttl!: string;
  /** Per million tokens. */
  @Decimal({ required: true }) cost!: number;
}

/** Dearer long prompts. */
class ContextWindowFactor {
  /** Applies to prompts of more tokens than this: `128000`, `200k`. */
  @Text({ required: true }) above!: string;
  /** Scales the price of the prompt. */
  @Decimal({ required: true }) input_factor!: number;
  /** Scales the price of the completion. */
  @Decimal({ required: true }) output_factor!: number;
}

class ServiceTierFactor {
  /** Part of the tier's name as the provider reports it. */
  @Text({ required: true }) tier!: string;
  /** Scales the whole cost. */
  @Decimal({ required: true }) factor!: number;
}

export class BedrockOptions {
  /** Left out: AWS_REGION or AWS_DEFAULT_REGION. */
  @Text() aws_region?: string;
  /** A role to take on before signing. */
  @Text() aws_assume_role_arn?: string;
  /** The name of that session. */
  @Text() aws_role_session_name?: string;
  /** Where roles are taken on. */
  @Text() aws_sts_endpoint_url?: string;
  /** Where batch calls keep their files. */
  @Text() batch_bucket_prefix?: string;
  /** The role batch calls run under. */
  @Text() batch_role_arn?: string;
  /** Whether vectors come back with length 1. */
  @Flag() embeddings_normalize = false;
  /** `standard` or `optimized`. */
  @Text() performance_config_latency?: string;
  /** Where videos are put. */
  @Text() video_output_s3_uri?: string;
}

class GeminiOptions {
  /** Host name of the regional Vertex endpoint. */
  @Text() api_endpoint?: string;
  /** The Google Cloud project. */
  @Text() project_id?: string;
  /** Its region. */
  @Text() location_id?: string;
  /** An endpoint of the Model Garden. */
  @Text() endpoint_id?: string;
}

export class HuggingfaceOptions {
  /** Whether a stored answer will do. */
  @Flag() use_cache?: boolean;
  /** Whether to wait while the model is loaded. */
  @Flag() wait_for_model?: boolean;
}

class CohereOptions {
  /** What the vectors are for. */
  @Text({ oneOf: ['classification', 'clustering', 'image', 'search_document', 'search_query'] })
  embedding_input_type = 'classification';
  /** Whether to wait while the model is loaded. */
  @Flag() wait_for_model?: boolean;
}

class DashscopeOptions {
  /** Alibaba's international site; `false`: the one in China. */
  @Flag() international = true;
}

class DatabricksOptions {
  /** The first part of the workspace's host name. */
  @Text() workspace_instance_id?: string;
}

export class ModelOptions {
  /** Wins over the client's, as every option the client may also send does. */
  @Integer() max_tokens?: number;
  /** How freely the model chooses its words. */
  @Decimal({ between: [0, 5] }) temperature?: number;
  /** Of the likeliest words that make up this share. */
  @Decimal({ between: [0, 1] }) top_p?: number;
  /** Of this many likeliest words; not sent to OpenAI, which has no such option. */
  @Integer({ between: [0, 500] }) top_k?: number;
  /** Price of prompt tokens. */
  @Decimal(POSITIVE) input_cost?: number;
  /** Price of completion tokens. */
  @Decimal(POSITIVE) output_cost?: number;
  /** Price of prompt tokens read from the provider's cache; left out: `input_cost`. */
  @Decimal() cache_read_cost?: number;
  /** Price of prompt tokens written to it; left out: `input_cost`. */
  @Decimal() cache_write_cost?: number;
  /** The same by how long it is kept, for providers that say so. */
  @ListOf(CacheWriteCost) cache_write_cost_list?: CacheWriteCost[];
  /** Dearer long prompts. */
  @ListOf(ContextWindowFactor) context_window_factor?: ContextWindowFactor[];
  /** Dearer or cheaper tiers. */
  @ListOf(ServiceTierFactor) service_tier_factor?: ServiceTierFactor[];
  /** Length of the vectors asked for. */
  @Integer() embeddings_dimensions?: number;
  /** The complete URL, in place of the provider's own. */
  @Text() upstream_url?: string;
  /** The path alone. Deprecated by Kong. */
  @Text() upstream_path?: string;
  /** The `anthropic-version` header. */
  @Text() anthropic_version?: string;
  /** The first part of the resource's host name. */
  @Text() azure_instance?: string;
  /** The deployment. */
  @Text() azure_deployment_id?: string;
  /** The `api-version` parameter. */
  @Text() azure_api_version = '2023-05-15';
  /** What the server speaks. */
  @Text({ oneOf: ['ollama', 'openai', 'raw'] }) llama2_format?: 'ollama' | 'openai' | 'raw';
  /** What the server speaks. */
  @Text({ oneOf: ['ollama', 'openai'] }) mistral_format?: 'ollama' | 'openai';
  /** Options of Amazon Bedrock. */
  @RecordOf(BedrockOptions) bedrock?: BedrockOptions;
  /** Options of Cohere. */
  @RecordOf(CohereOptions) cohere?: CohereOptions;
  /** Options of Alibaba's DashScope. */
  @RecordOf(DashscopeOptions) dashscope?: DashscopeOptions;
  /** Options of Databricks. */
  @RecordOf(DatabricksOptions) databricks?: DatabricksOptions;
  /** Options of Google's Gemini and Vertex. */
  @RecordOf(GeminiOptions) gemini?: GeminiOptions;
  /** Options of Hugging Face. */
  @RecordOf(HuggingfaceOptions) huggingface?: HuggingfaceOptions;
}
