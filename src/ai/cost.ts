import { type Tokens, tokens, type UsDollars, usDollars } from '../entities/units.js';
import type { ModelOptions } from './model-options-config.js';
import type { TokenUsage } from './token-usage.js';

/** Prices per million tokens and what scales them, read once from a model's options. */
export interface Prices {
  readonly input: UsDollars;
  readonly output: UsDollars;
  readonly cacheRead: UsDollars;
  readonly cacheWrite: UsDollars;
  /** By `above`, largest first. */
  readonly windows: readonly { readonly above: Tokens; readonly input: number; readonly output: number }[];
  /** By length of the tier's name, longest first. */
  readonly tiers: readonly { readonly tier: string; readonly factor: number }[];
}

/** `undefined` unless both prices are configured: half a price would be a wrong cost. */
export function pricesOf(options: ModelOptions | undefined): Prices | undefined {
  if (options?.input_cost === undefined || options.output_cost === undefined) return undefined;
  const { input_cost, output_cost, cache_read_cost, cache_write_cost } = options;
  const windows = (options.context_window_factor ?? []).map(({ above, input_factor, output_factor }) => ({
    above: tokenCount(above),
    input: input_factor,
    output: output_factor,
  }));
  const tiers = (options.service_tier_factor ?? []).map(({ tier, factor }) => ({ tier: tier.toLowerCase(), factor }));
  return {
    input: usDollars(input_cost),
    output: usDollars(output_cost),
    cacheRead: usDollars(cache_read_cost ?? input_cost),
    // The entries of cache_write_cost_list hold for a provider that says how long it keeps what was written.
    cacheWrite: usDollars(cache_write_cost ?? input_cost),
    windows: windows.sort((a, b) => b.above - a.above),
    tiers: tiers.sort((a, b) => b.tier.length - a.tier.length),
  };
}

/** `undefined`: the provider did not report enough to tell. Source: ai-proxy's documentation of its cost options. */
export function costOf(usage: TokenUsage, prices: Prices, serviceTier: string | undefined): UsDollars | undefined {
  const { prompt, completion, cachedPrompt = 0, cacheWrite = 0 } = usage;
  if (prompt === undefined || completion === undefined) return undefined;
  const window = prices.windows.find(({ above }) => above < prompt);
  const plain = Math.max(0, prompt - cachedPrompt - cacheWrite);
  const input = plain * prices.input + cachedPrompt * prices.cacheRead + cacheWrite * prices.cacheWrite;
  const output = completion * prices.output;
  const scaled = input * (window?.input ?? 1) + output * (window?.output ?? 1);
  return usDollars((scaled * tierFactor(prices, serviceTier)) / 1_000_000);
}

function tierFactor({ tiers }: Prices, serviceTier: string | undefined): number {
  if (serviceTier === undefined) return 1;
  const reported = serviceTier.toLowerCase();
  const fits = ({ tier }: { tier: string }) => reported.includes(tier) || (tier === 'priority' && reported === 'fast');
  return tiers.find(fits)?.factor ?? 1;
}

const SCALES: Readonly<Record<string, number>> = { '': 1, k: 1000, m: 1_000_000 };

/** `128000`, `200k`, `1M`. */
function tokenCount(text: string): Tokens {
  const [, digits, scale] = /^\s*(\d+(?:\.\d+)?)\s*([km]?)\s*$/i.exec(text) ?? [];
  if (digits === undefined) {
    throw new Error(`context_window_factor: above '${text}' is no number of tokens (such as 128000 or 200k)`);
  }
  return tokens(Number(digits) * (SCALES[(scale ?? '').toLowerCase()] as number));
}
