import { Flag, Text } from '../entities/field.js';

/** How the gateway makes itself known to a provider. */
export class AuthConfig {
  /** The header that carries the key. */
  @Text({ referenceable: true }) header_name?: string;
  /** The header's complete value: `Bearer sk-…`. */
  @Text({ referenceable: true, encrypted: true }) header_value?: string;
  /** The query or body parameter that carries the key. */
  @Text({ referenceable: true }) param_name?: string;
  /** Its value. */
  @Text({ referenceable: true, encrypted: true }) param_value?: string;
  /** Where the parameter goes. */
  @Text({ oneOf: ['query', 'body'] }) param_location?: 'query' | 'body';
  /** Whether a key the client brings wins over the configured one. */
  @Flag() allow_override = false;
  /** Google Vertex: sign in with a service account. */
  @Flag() gcp_use_service_account = false;
  /** The account's key file, as one text; left out: the environment or the machine's own account. */
  @Text({ referenceable: true, encrypted: true }) gcp_service_account_json?: string;
  /** Where the machine's own account is asked for. */
  @Text({ referenceable: true }) gcp_metadata_url?: string;
  /** Where tokens are made. */
  @Text({ referenceable: true }) gcp_oauth_token_url?: string;
  /** Bedrock: a fixed key; left out: the environment, the profile or the machine's role. */
  @Text({ referenceable: true, encrypted: true }) aws_access_key_id?: string;
  /** Its secret. */
  @Text({ referenceable: true, encrypted: true }) aws_secret_access_key?: string;
  /** Azure: sign in with the machine's identity. */
  @Flag() azure_use_managed_identity = false;
  /** The identity's client, where there are several, or an application's. */
  @Text({ referenceable: true }) azure_client_id?: string;
  /** The application's secret. */
  @Text({ referenceable: true, encrypted: true }) azure_client_secret?: string;
  /** The application's tenant. */
  @Text({ referenceable: true }) azure_tenant_id?: string;
}
