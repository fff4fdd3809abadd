import type { LlmAnswer } from '../../answer.js';
import { JsonMembers } from '../../stream/json-members.js';
import { usageFromChat } from './chat-usage.js';

const MEMBERS = new Set(['id', 'model', 'usage', 'service_tier', 'choices']);
const FINISH = Buffer.from('"finish_reason"');

/** Reads a complete `chat.completion`. Its choices hold the text, so of them only the finish reason is looked for. */
export function answerFromCompletion(body: Buffer): LlmAnswer {
  const completion = JsonMembers.of(body, MEMBERS);
  const choices = completion?.slice('choices');
  return {
    id: completion?.text('id'),
    model: completion?.text('model'),
    usage: usageFromChat(completion?.value('usage')),
    finishReason: choices && finishReasonIn(choices),
    serviceTier: completion?.text('service_tier'),
    ending: choices ? 'complete' : 'open',
  };
}

/** The first choice's finish reason. In the text of a message the quotes around the name would be escaped. */
function finishReasonIn(choices: Buffer): string | undefined {
  const at = choices.indexOf(FINISH);
  if (at < 0) return undefined;
  return /^\s*:\s*"([^"\\]{1,64})"/.exec(choices.toString('latin1', at + FINISH.length, at + FINISH.length + 80))?.[1];
}
