import { Decimal, Flag, Integer, RecordOf, Text } from '../entities/field.js';
import { RedisConfig } from './redis-config.js';

class PgvectorConfig {
  @Text() host = '127.0.0.1';
  @Integer() port = 5432;
  @Text() database = 'kong-pgvector';
  @Text({ referenceable: true }) user = 'postgres';
  @Text({ referenceable: true, encrypted: true }) password?: string;
  @Flag() ssl = false;
  @Flag() ssl_required = false;
  @Flag() ssl_verify = true;
  @Text({ oneOf: ['any', 'tlsv1_2', 'tlsv1_3'] }) ssl_version = 'tlsv1_2';
  /** Path of a file. */
  @Text() ssl_cert?: string;
  @Text() ssl_cert_key?: string;
  /** Milliseconds. */
  @Decimal() timeout = 5000;
}

/** Where vectors are kept, and how near is near enough. */
export class VectordbConfig {
  @Text({ required: true, oneOf: ['pgvector', 'redis'] }) strategy!: string;
  /** Length of a vector: what the embeddings model returns. */
  @Integer({ required: true }) dimensions!: number;
  @Text({ required: true, oneOf: ['cosine', 'euclidean'] }) distance_metric!: string;
  /** The largest distance that still counts as similar: higher is more lenient. */
  @Decimal() threshold?: number;
  @RecordOf(RedisConfig) redis?: RedisConfig;
  @RecordOf(PgvectorConfig) pgvector?: PgvectorConfig;
}
