import type { TokenUsage } from '../ai/token-usage.js';
import type { AccessRequest } from '../pdk/plugin.js';
import { clipped, loggedCost } from './exchange-log.js';
import type { CallFacts } from './llm-call.js';

/**
 * Puts a call the gateway made itself into its request's log record, under a key of its own: `meta`, `usage` and an empty
 * `cache` with log_statistics, `payload` with log_payloads; without an answer, only the latter. Source: recording
 * ai_request_transformer; Kong kong/llm/plugin/observability.lua.
 */
export function logCall(request: AccessRequest, key: string, pluginId: string, facts: CallFacts): void {
  const { target, answer } = facts;
  const { logFields } = request;
  if (target.logsPayloads) logFields.set(`${key}.payload`, payloadOf(facts));
  if (!target.logsStatistics || answer?.ending !== 'complete') return;
  const latency = Math.round(facts.latency);
  logFields.set(`${key}.meta`, {
    plugin_id: pluginId,
    provider_name: target.providerName,
    // Kong's word. Behind an AI proxy it puts that one's model here, and so counts these tokens as another model's.
    request_model: 'UNSPECIFIED',
    response_model: answer.model ?? target.configuredModel ?? 'UNSPECIFIED',
    llm_latency: latency,
    request_mode: 'oneshot',
  });
  if (answer.usage) logFields.set(`${key}.usage`, usageOf(answer.usage, facts, latency));
  logFields.set(`${key}.cache`, {});
}

/** What the provider did not report is left out. */
function usageOf(usage: TokenUsage, { target, answer }: CallFacts, latency: number): Record<string, unknown> {
  const { completion } = usage;
  return {
    prompt_tokens: usage.prompt,
    completion_tokens: completion,
    total_tokens: usage.total,
    prompt_tokens_details: usage.promptDetails ?? {},
    completion_tokens_details: usage.completionDetails ?? {},
    cost: loggedCost(target, usage, answer?.serviceTier),
    // Whole numbers here, unlike the AI proxy's (Kong 3.9.3).
    time_per_token: completion === undefined ? undefined : completion === 0 ? 0 : Math.floor(latency / completion),
    time_to_first_token: latency,
  };
}

function payloadOf({ target, sent, received }: CallFacts): Record<string, unknown> {
  return { request: clipped(target.redacted(sent)), response: received && clipped(received.toString()) };
}
