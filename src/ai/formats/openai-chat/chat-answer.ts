import type { LlmAnswer } from '../../answer.js';
import { JsonMembers } from '../../json/json-members.js';
import { MemberNames } from '../../json/member-names.js';
import { usageFromChat } from './chat-usage.js';

const MEMBERS = new MemberNames(['id', 'model', 'usage', 'service_tier', 'choices']);
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

/** What a complete `chat.completion` says, for somebody who wants its words and nothing else. */
export type CompletionText =
  | { readonly kind: 'text'; readonly text: string }
  /** It is a completion, but its first choice has no text: there is none, or it is a call of a tool. */
  | { readonly kind: 'no-text' }
  | { readonly kind: 'no-completion' };

/** The text of the first choice. */
export function textOfCompletion(body: Buffer): CompletionText {
  const choices = JsonMembers.of(body, MEMBERS)?.value('choices');
  if (!Array.isArray(choices)) return { kind: 'no-completion' };
  const [first] = choices as readonly { readonly message?: { readonly content?: unknown } | null }[];
  const text = textIn(first?.message?.content);
  return text === undefined ? { kind: 'no-text' } : { kind: 'text', text };
}

/** A text, or the texts of a list of parts, which some servers of this format answer with. */
function textIn(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  const texts = (content as readonly { readonly text?: unknown }[])
    .map((part) => part?.text)
    .filter((text) => typeof text === 'string');
  return texts.length > 0 ? texts.join('') : undefined;
}
