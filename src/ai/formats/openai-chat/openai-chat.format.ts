import type { AnswerStream, LlmAnswer } from '../../answer.js';
import type { JsonMembers } from '../../json/json-members.js';
import { type Edits, Format, type LlmFormat, type StreamReading, type Wording } from '../format.js';
import { answerFromCompletion } from './chat-answer.js';
import { ChatStream } from './chat-stream.js';

/** OpenAI's Chat Completions: the format most clients and most providers speak. */
@Format({ name: 'openai-chat', llmFormat: 'openai', routeType: 'llm/v1/chat' })
export class OpenAiChatFormat implements LlmFormat {
  readonly members = new Set([
    'model',
    'stream',
    'stream_options',
    'messages',
    'prompt',
    'max_tokens',
    'max_completion_tokens',
    'temperature',
    'top_p',
    'top_k',
  ]);

  hasPrompt(request: JsonMembers): boolean {
    return isChat(request) || request.isFilled('prompt');
  }

  mismatch(request: JsonMembers): string | undefined {
    const completion = request.isFilled('prompt');
    if (!isChat(request)) return '[llm/v1/completions] message format is not compatible with [llm/v1/chat] route type';
    return completion ? 'request matches multiple LLM request formats' : undefined;
  }

  edits(request: JsonMembers, { model, stream, askUsage, maxTokens, temperature, topP }: Wording): Edits {
    const edits: Edits = new Map();
    if (model !== undefined) edits.set('model', JSON.stringify(model));
    // Said outright, as Kong does: some servers that speak this format stream unless told not to.
    edits.set('stream', String(stream));
    if (maxTokens !== undefined) edits.set('max_tokens', String(maxTokens));
    if (temperature !== undefined) edits.set('temperature', String(temperature));
    if (topP !== undefined) edits.set('top_p', String(topP));
    if (stream && askUsage) edits.set('stream_options', usageOptions(request));
    return edits;
  }

  asksUsage(request: JsonMembers): boolean {
    return (request.value('stream_options') as { include_usage?: unknown } | undefined | null)?.include_usage === true;
  }

  readAnswer(body: Buffer): LlmAnswer {
    return answerFromCompletion(body);
  }

  readStream(reading: StreamReading): AnswerStream {
    return new ChatStream(reading);
  }
}

const isChat = (request: JsonMembers): boolean =>
  request.kindOf('messages') === 'array' && request.isFilled('messages');

/** The client's options and the wish for usage. */
function usageOptions(request: JsonMembers): string {
  const options = request.kindOf('stream_options') === 'object' ? request.value('stream_options') : undefined;
  return JSON.stringify({ ...(options as object | undefined), include_usage: true });
}
