import { type TokenUsage, type UsageMembers, usageIn } from '../../token-usage.js';

const MEMBERS: UsageMembers = {
  prompt: 'input_tokens',
  promptDetails: 'input_tokens_details',
  completion: 'output_tokens',
  completionDetails: 'output_tokens_details',
};

/** The usage object of a Responses answer; `undefined` when there is none. */
export const usageFromResponses = (value: unknown): TokenUsage | undefined => usageIn(value, MEMBERS);
