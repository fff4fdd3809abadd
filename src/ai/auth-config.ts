import { Flag, Text } from '../entities/field.js';

/** How the gateway makes itself known to a provider. */
export class AuthConfig {
  /** The header that carries the key. */
  @Text({ referenceable: true }) header_name?: string;
  /** The header's complete value: `Bearer sk-…`. */
  @Text({ referenceable: true, encrypted: true }) header_value?: string;
  /** The query or body parameter that carries the key. */
  @Text({ referenceable: true }) param_name?: string;
  @Text({ referenceable: true, encrypted: true }) param_value?: string;
  @Text({ oneOf: ['query', 'body'] }) param_location?: 'query' | 'body';
  /** Whether a key the client brings wins over the configured one. */
  @Flag() allow_override = false;
  @Flag() gcp_use_service_account = false;
  @Text({ referenceable: true, encrypted: true }) gcp_service_account_json?: string;
  @Text({ referenceable: true }) gcp_metadata_url?: string;
  @Text({ referenceable: true }) gcp_oauth_token_url?: string;
  @Text({ referenceable: true, encrypted: true }) aws_access_key_id?: string;
  @Text({ referenceable: true, encrypted: true }) aws_secret_access_key?: string;
  @Flag() azure_use_managed_identity = false;
  @Text({ referenceable: true }) azure_client_id?: string;
  @Text({ referenceable: true, encrypted: true }) azure_client_secret?: string;
  @Text({ referenceable: true }) azure_tenant_id?: string;
}
