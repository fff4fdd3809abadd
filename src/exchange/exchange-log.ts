import { performance } from 'node:perf_hooks';
import type { TokenUsage } from '../ai/token-usage.js';
import type { ProxiedRequest } from '../pdk/proxied-request.js';
import type { ExchangeTarget } from './exchange-target.js';
import type { LlmExchange } from './llm-exchange.js';
import type { TriedTarget } from './tried-target.js';

/** The most of a payload a log line carries; the rest is left out, and said to be. */
const MOST_LOGGED = 1024 * 1024;

/**
 * Puts an exchange into its request's log record, under `ai.proxy`, where it is filled in when the record is made (Kong:
 * kong/llm/plugin/observability.lua; ai-proxy's documentation of its log). `meta` and `usage` with log_statistics, `payload`
 * with log_payloads, `tried_targets` always; nothing of a request that was never sent.
 *
 * What the provider did not report is left out, not estimated: an estimate in a bill is wrong, and 0 would say "nothing".
 */
export function logExchange(exchange: LlmExchange, request: Logged): void {
  const { logFields } = request;
  logFields.set('ai.proxy.tried_targets', () => triedTargets(exchange));
  if (!exchange.client.isCounted) return;
  logFields.set('ai.proxy.meta', () => metaOf(exchange, request));
  logFields.set('ai.proxy.usage', () => usageOf(exchange, request));
  logFields.set('ai.proxy.payload', () => payloadOf(exchange));
}

function triedTargets({ triedTargets }: LlmExchange): readonly TriedTarget[] | undefined {
  return triedTargets.length > 0 ? triedTargets : undefined;
}

type Logged = Pick<ProxiedRequest, 'logFields' | 'moments'>;
type Meta = Record<string, unknown>;

function metaOf(exchange: LlmExchange, request: Logged): Meta | undefined {
  const { current, answer, rules } = exchange;
  if (!current?.target.logsStatistics) return undefined;
  const model = current.model ?? 'UNSPECIFIED';
  const meta: Meta = {
    plugin_id: rules.pluginId,
    provider_name: current.target.providerName,
    request_model: model,
    response_model: answer.told?.model ?? model,
    llm_latency: Math.round(llmLatency(exchange, request)),
    request_mode: exchange.client.streams ? 'stream' : 'oneshot',
  };
  // Ours: an answer that broke off or failed must not look like a finished one.
  if (answer.isCut) meta.answer_ended = 'incomplete';
  else if (answer.told?.ending === 'failed') meta.answer_ended = 'failed';
  if (answer.trouble !== undefined) meta.unread = answer.trouble;
  return meta;
}

/** `undefined`: the provider reported no usage. */
function usageOf(exchange: LlmExchange, request: Logged): Record<string, unknown> | undefined {
  const { current, answer } = exchange;
  const { told } = answer;
  if (!current?.target.logsStatistics || !told?.usage) return undefined;
  const { usage } = told;
  const latency = llmLatency(exchange, request);
  const { completion } = usage;
  const first = answer.firstContentAt;
  return {
    prompt_tokens: usage.prompt,
    completion_tokens: completion,
    total_tokens: usage.total,
    prompt_tokens_details: usage.promptDetails ?? {},
    completion_tokens_details: usage.completionDetails ?? {},
    cost: loggedCost(current.target, usage, told.serviceTier),
    time_per_token:
      completion === undefined ? undefined : completion === 0 ? 0 : asLua(Math.round(latency) / completion),
    time_to_first_token: first === undefined ? undefined : Math.round(first - request.moments.received),
  };
}

/** Kong's 0 stands for "no prices configured" as well. */
export function loggedCost(
  target: ExchangeTarget,
  usage: TokenUsage,
  serviceTier: string | undefined,
): number | undefined {
  if (!target.hasPrices) return 0;
  const cost = target.costOf(usage, serviceTier);
  return cost === undefined ? undefined : asLua(cost);
}

function payloadOf({ current, answer, sentBody }: LlmExchange): Record<string, unknown> | undefined {
  if (!current?.target.logsPayloads) return undefined;
  const request = sentBody && clipped(current.target.redacted(sentBody));
  const response = answer.payload;
  return { request, response: response === undefined ? undefined : clipped(response) };
}

/** From the request's first byte to the answer's last one. */
function llmLatency({ answer }: LlmExchange, { moments }: Logged): number {
  return (answer.completedAt ?? moments.finished ?? performance.now()) - moments.received;
}

/** Lua prints a number with 14 significant digits; readers of these logs have seen no others. */
const asLua = (value: number): number => Number(value.toPrecision(14));

/** What a log line shows of a payload. */
export function clipped(text: string): string {
  if (text.length <= MOST_LOGGED) return text;
  return `${text.slice(0, MOST_LOGGED)}… (${text.length - MOST_LOGGED} more characters)`;
}
