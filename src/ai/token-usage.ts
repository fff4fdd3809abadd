import type { Tokens } from '../entities/units.js';

/**
 * What the provider reported. `undefined`: it did not say. 0: it said none. Cached tokens are part of the prompt's and
 * reasoning tokens part of the completion's, whatever the provider's own way of counting.
 */
export interface TokenUsage {
  readonly prompt: Tokens | undefined;
  readonly completion: Tokens | undefined;
  readonly total: Tokens | undefined;
  readonly cachedPrompt: Tokens | undefined;
  /** Written to the provider's prompt cache; part of the prompt's tokens. */
  readonly cacheWrite: Tokens | undefined;
  readonly reasoning: Tokens | undefined;
  /** The provider's own breakdowns, as it wrote them. `undefined`: it gave none. */
  readonly promptDetails: UsageDetails | undefined;
  readonly completionDetails: UsageDetails | undefined;
}

export type UsageDetails = Readonly<Record<string, unknown>>;

/** The members of a usage report by what they tell; their names are all that differs between OpenAI's formats. */
export interface UsageMembers {
  readonly prompt: string;
  readonly promptDetails: string;
  readonly completion: string;
  readonly completionDetails: string;
}

/** A usage report of one of OpenAI's formats; `undefined` when there is none. */
export function usageIn(value: unknown, members: UsageMembers): TokenUsage | undefined {
  const wire = details(value);
  if (!wire) return undefined;
  const promptDetails = details(wire[members.promptDetails]);
  const completionDetails = details(wire[members.completionDetails]);
  const prompt = reported(wire[members.prompt]);
  const completion = reported(wire[members.completion]);
  return {
    prompt,
    completion,
    total: totalOf(reported(wire.total_tokens), prompt, completion),
    cachedPrompt: reported(promptDetails?.cached_tokens),
    cacheWrite: reported(promptDetails?.cache_write_tokens),
    reasoning: reported(completionDetails?.reasoning_tokens),
    promptDetails,
    completionDetails,
  };
}

/** A count as providers write it; anything but a whole number that is not negative counts as not reported. */
const reported = (count: unknown): Tokens | undefined =>
  typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : undefined;

/** A breakdown as providers write it. */
const details = (value: unknown): UsageDetails | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as UsageDetails) : undefined;

/** The reported total, or the sum of both parts where only they were reported. */
function totalOf(total: Tokens | undefined, prompt: Tokens | undefined, completion: Tokens | undefined) {
  if (total !== undefined) return total;
  return prompt === undefined || completion === undefined ? undefined : prompt + completion;
}
