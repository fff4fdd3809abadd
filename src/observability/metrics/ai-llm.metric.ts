import type { DeclareMetric } from '../metric-family.js';

const TARGET_LABELS = [
  'ai_provider',
  'ai_model',
  'cache_status',
  'vector_db',
  'embeddings_provider',
  'embeddings_model',
];
const LABELS = [...TARGET_LABELS, 'request_mode', 'workspace', 'consumer'];
const LATENCY_BUCKETS = [250, 500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500, 5000, 10000, 30000, 60000]; // Kong's
const TOKEN_TYPES = ['prompt_tokens', 'completion_tokens', 'total_tokens'] as const;

/** What an AI plugin adds to the record under `ai.<use case>`; without `log_statistics` there is nothing to count. */
interface AiUse {
  readonly meta?: {
    readonly provider_name?: string;
    readonly request_model?: string;
    readonly request_mode?: string;
    readonly llm_latency?: number;
  };
  readonly usage?: { readonly cost?: number } & { readonly [Type in (typeof TOKEN_TYPES)[number]]?: number };
  readonly cache?: {
    readonly cache_status?: string;
    readonly vector_db?: string;
    readonly embeddings_provider?: string;
    readonly embeddings_model?: string;
    readonly fetch_latency?: number;
    readonly embeddings_latency?: number;
  };
}

/** Exchanges with models: how many, what they cost, their tokens and how long they took. Each use case counts for itself. */
const declare: DeclareMetric = (registry) => {
  const requests = registry.counter({
    name: 'kong_ai_llm_requests_total',
    help: 'AI requests total per ai_provider in Kong',
    labels: LABELS,
  });
  const cost = registry.counter({
    name: 'kong_ai_llm_cost_total',
    help: 'AI requests cost per ai_provider/cache in Kong',
    labels: LABELS,
  });
  const tokens = registry.counter({
    name: 'kong_ai_llm_tokens_total',
    // Kong's text, which says cost where it counts tokens.
    help: 'AI requests cost per ai_provider/cache in Kong',
    labels: [...TARGET_LABELS, 'token_type', 'workspace', 'consumer'],
  });
  const providerLatency = registry.histogram({
    name: 'kong_ai_llm_provider_latency_ms',
    help: 'LLM response Latency for each AI plugins per ai_provider in Kong',
    labels: LABELS,
    buckets: LATENCY_BUCKETS,
  });
  const cacheFetchLatency = registry.histogram({
    name: 'kong_ai_cache_fetch_latency',
    help: 'Time to look an answer up in the AI cache, in milliseconds',
    labels: LABELS,
    buckets: LATENCY_BUCKETS,
  });
  const cacheEmbeddingsLatency = registry.histogram({
    name: 'kong_ai_cache_embeddings_latency',
    help: 'Time to get the embeddings an AI cache is searched with, in milliseconds',
    labels: LABELS,
    buckets: LATENCY_BUCKETS,
  });
  return ({ record, workspace, consumer }, { ai }) => {
    if (!ai || record.ai === undefined) return;
    for (const { meta, usage = {}, cache = {} } of Object.values(record.ai) as AiUse[]) {
      if (meta?.provider_name === undefined) continue;
      const target = [
        meta.provider_name,
        meta.request_model ?? '',
        cache.cache_status ?? '',
        cache.vector_db ?? '',
        cache.embeddings_provider ?? '',
        cache.embeddings_model ?? '',
      ];
      const labels = [...target, meta.request_mode ?? '', workspace, consumer];
      requests.at(...labels).add(1);
      if (isPositive(usage.cost)) cost.at(...labels).add(usage.cost);
      for (const type of TOKEN_TYPES) {
        const count = usage[type];
        if (isPositive(count)) tokens.at(...target, type, workspace, consumer).add(count);
      }
      if (isPositive(meta.llm_latency)) providerLatency.at(...labels).observe(meta.llm_latency);
      if (isPositive(cache.fetch_latency)) cacheFetchLatency.at(...labels).observe(cache.fetch_latency);
      if (isPositive(cache.embeddings_latency)) cacheEmbeddingsLatency.at(...labels).observe(cache.embeddings_latency);
    }
  };
};
export default declare;

const isPositive = (value: number | undefined): value is number => value !== undefined && value > 0;
