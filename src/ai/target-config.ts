import { RecordOf, Text } from '../entities/field.js';
import { AllOrNone, isSet, Rule } from '../entities/record-rules.js';
import { AuthConfig } from './auth-config.js';
import { LoggingConfig, ModelConfig, ROUTE_TYPES } from './model-config.js';
import type { ModelOptions } from './model-options-config.js';

type Fields = Partial<TargetConfig>;

/** Options a provider cannot do without. Texts are Kong's (kong/llm/schemas/init.lua). */
const NEEDED: Readonly<Record<string, readonly (keyof ModelOptions)[]>> = {
  llama2: ['llama2_format'],
  mistral: ['mistral_format'],
  anthropic: ['anthropic_version'],
  azure: ['azure_instance', 'azure_api_version', 'azure_deployment_id'],
};
const VERTEX = ['api_endpoint', 'project_id', 'location_id'] as const;

/**
 * One model behind an AI plugin: what kind of call it takes, whose it is, how to get in, what to log. ai-proxy has one;
 * ai-proxy-advanced balances over several. Rules and texts: Kong kong/llm/schemas/init.lua.
 */
@AllOrNone('auth.header_name', 'auth.header_value')
@AllOrNone('auth.param_name', 'auth.param_value', 'auth.param_location')
@Rule(({ model, auth }: Fields, report) => {
  if (!auth?.allow_override || (model?.provider !== 'bedrock' && model?.provider !== 'gemini')) return;
  report.entity('bedrock and gemini only support auth.allow_override = false');
})
@Rule(({ model }: Fields, report) => {
  if (!model) return;
  const { provider, options } = model;
  for (const name of NEEDED[provider] ?? []) {
    // The version of Azure's API has a default, which holds as well where no options are given at all.
    if (options === undefined ? name === 'azure_api_version' : isSet(options[name])) continue;
    report.entity(`must set 'model.options.${name}' for ${provider} provider`);
  }
  if (provider === 'llama2' && !isSet(options?.upstream_url)) {
    report.entity("must set 'model.options.upstream_url' for self-hosted providers/models");
  }
  const vertex = VERTEX.filter((name) => isSet(options?.gemini?.[name]));
  if (provider === 'gemini' && vertex.length > 0 && vertex.length < VERTEX.length) {
    const names = VERTEX.map((name) => `'model.options.gemini.${name}'`).join(', ');
    report.entity(`all or none of these fields must be set: ${names}`);
  }
})
@Rule(({ model, route_type, logging }: Fields, report) => {
  if (model?.provider !== 'anthropic' || route_type !== 'llm/v1/completions' || !logging?.log_statistics) return;
  report.entity('anthropic does not support statistics when route_type is llm/v1/completions');
  report.field('logging.log_statistics', 'value must be false');
})
export class TargetConfig {
  /** What kind of call it takes. */
  @Text({ required: true, oneOf: ROUTE_TYPES }) route_type!: string;
  /** How the gateway makes itself known to the provider. */
  @RecordOf(AuthConfig) auth?: AuthConfig;
  /** The model. */
  @RecordOf(ModelConfig, { required: true }) model!: ModelConfig;
  /** What is logged of its exchanges. */
  @RecordOf(LoggingConfig) logging?: LoggingConfig;
}

/** What is wrong with a target whose clients speak a provider's native format; `[field, value it must have]` and why. */
export function nativeFormatProblems(llmFormat: string, { route_type, model }: Fields) {
  if (llmFormat !== 'bedrock' && llmFormat !== 'gemini') return [];
  const problems: { readonly field: string; readonly value: string; readonly text: string }[] = [];
  if (route_type !== 'llm/v1/chat') {
    const text = "native provider options in llm_format can only be used with the 'llm/v1/chat' route_type";
    problems.push({ field: 'route_type', value: 'llm/v1/chat', text });
  }
  if (model?.provider !== llmFormat) {
    const text = `native llm_format '${llmFormat}' can only be used with the '${llmFormat}' model.provider`;
    problems.push({ field: 'model.provider', value: llmFormat, text });
  }
  return problems;
}
