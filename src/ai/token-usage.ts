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

/** A count as providers write it; anything but a whole number that is not negative counts as not reported. */
export const reported = (count: unknown): Tokens | undefined =>
  typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : undefined;

/** A breakdown as providers write it. */
export const details = (value: unknown): UsageDetails | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as UsageDetails) : undefined;

/** The reported total, or the sum of both parts where only they were reported. */
export function totalOf(total: Tokens | undefined, prompt: Tokens | undefined, completion: Tokens | undefined) {
  if (total !== undefined) return total;
  return prompt === undefined || completion === undefined ? undefined : prompt + completion;
}
