import { Flag, Integer, ListOf, RecordOf, Text } from '../entities/field.js';
import type { Milliseconds } from '../entities/units.js';
import { milliseconds } from '../entities/units.js';

const PORT = { between: [0, 65535] } as const;
const TIMEOUT = { between: [0, 2147483646] } as const;
const SECRET = { referenceable: true, encrypted: true } as const;

class RedisClusterNode {
  @Text() ip = '127.0.0.1';
  @Integer(PORT) port = 6379;
}

class RedisSentinelNode {
  @Text() host = '127.0.0.1';
  @Integer(PORT) port = 6379;
}

class RedisCloudAuthentication {
  @Text({ oneOf: ['aws', 'azure', 'gcp'], referenceable: true }) auth_provider?: string;
  @Text({ referenceable: true }) aws_region?: string;
  @Text({ referenceable: true }) aws_cache_name?: string;
  @Flag() aws_is_serverless = true;
  @Text(SECRET) aws_access_key_id?: string;
  @Text(SECRET) aws_secret_access_key?: string;
  @Text(SECRET) aws_assume_role_arn?: string;
  @Text(SECRET) aws_role_session_name?: string;
  @Text(SECRET) azure_client_id?: string;
  @Text(SECRET) azure_client_secret?: string;
  @Text(SECRET) azure_tenant_id?: string;
  @Text(SECRET) gcp_service_account_json?: string;
}

/** A Redis server, cluster or group of sentinels. */
export class RedisConfig {
  @Text({ referenceable: true }) host = '127.0.0.1';
  @Integer({ ...PORT, referenceable: true }) port = 6379;
  @Integer() database = 0;
  @Text({ referenceable: true }) username?: string;
  @Text(SECRET) password?: string;
  @Flag() ssl = false;
  @Flag() ssl_verify = true;
  @Text({ referenceable: true }) server_name?: string;
  @Integer(TIMEOUT) connect_timeout: Milliseconds = milliseconds(2000);
  @Integer(TIMEOUT) read_timeout: Milliseconds = milliseconds(2000);
  @Integer(TIMEOUT) send_timeout: Milliseconds = milliseconds(2000);
  @Integer({ between: [1, 2147483646] }) keepalive_pool_size = 256;
  @Integer({ between: [0, 2147483646] }) keepalive_backlog?: number;
  @Flag() connection_is_proxied = false;
  @ListOf(RedisClusterNode, { minLength: 1 }) cluster_nodes?: RedisClusterNode[];
  @Integer() cluster_max_redirections = 5;
  @Text() sentinel_master?: string;
  @ListOf(RedisSentinelNode, { minLength: 1 }) sentinel_nodes?: RedisSentinelNode[];
  @Text({ oneOf: ['any', 'master', 'slave'] }) sentinel_role?: string;
  @Text({ referenceable: true }) sentinel_username?: string;
  @Text(SECRET) sentinel_password?: string;
  @RecordOf(RedisCloudAuthentication) cloud_authentication?: RedisCloudAuthentication;
}
