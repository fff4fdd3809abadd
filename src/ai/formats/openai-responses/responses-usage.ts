import { details, reported, type TokenUsage, totalOf } from '../../token-usage.js';

/** The usage object of a Responses answer; `undefined` when there is none. */
export function usageFromResponses(value: unknown): TokenUsage | undefined {
  const wire = details(value);
  if (!wire) return undefined;
  const promptDetails = details(wire.input_tokens_details);
  const completionDetails = details(wire.output_tokens_details);
  const prompt = reported(wire.input_tokens);
  const completion = reported(wire.output_tokens);
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
