import type { AnswerEnding, LlmAnswer } from '../../answer.js';
import { JsonMembers } from '../../json/json-members.js';
import { MemberNames } from '../../json/member-names.js';
import { usageFromResponses } from './responses-usage.js';

/** What is read of a response object. It echoes the request's instructions and tools, so it may be large. */
const MEMBERS = new MemberNames(['id', 'model', 'status', 'usage', 'service_tier', 'incomplete_details', 'error']);

const ENDINGS: ReadonlyMap<string | undefined, AnswerEnding> = new Map([
  ['completed', 'complete'],
  ['incomplete', 'complete'],
  ['failed', 'failed'],
  ['cancelled', 'failed'],
]);

/** Nothing is known yet. */
export const NO_ANSWER: LlmAnswer = {
  id: undefined,
  model: undefined,
  usage: undefined,
  finishReason: undefined,
  serviceTier: undefined,
  ending: 'open',
};

/** Reads a response object: the body of a one-shot answer, or the `response` of an event. */
export function answerFromResponse(bytes: Buffer): LlmAnswer {
  const response = JsonMembers.of(bytes, MEMBERS);
  if (!response) return NO_ANSWER;
  const status = response.text('status');
  return {
    id: response.text('id'),
    model: response.text('model'),
    usage: usageFromResponses(response.value('usage')),
    finishReason: finishReason(response, status),
    serviceTier: response.text('service_tier'),
    ending: ENDINGS.get(status) ?? 'open',
  };
}

/** `completed`, or what stopped it: `max_output_tokens`, `content_filter`, an error's code. */
function finishReason(response: JsonMembers, status: string | undefined): string | undefined {
  switch (status) {
    case 'incomplete':
      return word(response.value('incomplete_details'), 'reason') ?? status;
    case 'failed':
      return word(response.value('error'), 'code') ?? status;
    default:
      return status;
  }
}

function word(value: unknown, name: string): string | undefined {
  const found = (value as Record<string, unknown> | null | undefined)?.[name];
  return typeof found === 'string' ? found : undefined;
}
