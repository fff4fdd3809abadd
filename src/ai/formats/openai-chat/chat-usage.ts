import { type TokenUsage, type UsageMembers, usageIn } from '../../token-usage.js';

const MEMBERS: UsageMembers = {
  prompt: 'prompt_tokens',
  promptDetails: 'prompt_tokens_details',
  completion: 'completion_tokens',
  completionDetails: 'completion_tokens_details',
};

/** The usage object of a Chat Completions answer; `undefined` when there is none. */
export const usageFromChat = (value: unknown): TokenUsage | undefined => usageIn(value, MEMBERS);
