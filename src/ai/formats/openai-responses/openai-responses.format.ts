import type { AnswerStream, LlmAnswer } from '../../answer.js';
import type { JsonMembers } from '../../json/json-members.js';
import { type Edits, Format, type LlmFormat, type StreamReading, type Wording } from '../format.js';
import { answerFromResponse } from './responses-answer.js';
import { ResponsesStream } from './responses-stream.js';

/**
 * OpenAI's Responses API: what Codex speaks. A request is changed only where the configuration says something; streams have no
 * `[DONE]`, and usage always comes in the terminal event without being asked for.
 */
@Format({ name: 'openai-responses', llmFormat: 'openai', routeType: 'llm/v1/responses' })
export class OpenAiResponsesFormat implements LlmFormat {
  readonly members = new Set([
    'model',
    'stream',
    'input',
    'prompt',
    'previous_response_id',
    'conversation',
    'messages',
    'max_output_tokens',
    'temperature',
    'top_p',
  ]);

  hasPrompt(request: JsonMembers): boolean {
    return this.isResponses(request) || request.isFilled('messages') || request.kindOf('prompt') === 'string';
  }

  mismatch(request: JsonMembers): string | undefined {
    if (this.isResponses(request)) return undefined;
    const kind = request.isFilled('messages') ? 'llm/v1/chat' : 'llm/v1/completions';
    return `[${kind}] message format is not compatible with [llm/v1/responses] route type`;
  }

  edits(_request: JsonMembers, { model, stream, maxTokens, temperature, topP }: Wording): Edits {
    const edits: Edits = new Map();
    if (model !== undefined) edits.set('model', JSON.stringify(model));
    // Left out means no stream already; it is not spelled out, so that the client's bytes can stay.
    if (stream) edits.set('stream', 'true');
    if (maxTokens !== undefined) edits.set('max_output_tokens', String(maxTokens));
    if (temperature !== undefined) edits.set('temperature', String(temperature));
    if (topP !== undefined) edits.set('top_p', String(topP));
    return edits;
  }

  asksUsage(): boolean {
    return true;
  }

  readAnswer(body: Buffer): LlmAnswer {
    return answerFromResponse(body);
  }

  readStream({ keepPayload }: StreamReading): AnswerStream {
    return new ResponsesStream(keepPayload);
  }

  /** New input, a stored prompt, or a conversation that goes on. */
  private isResponses(request: JsonMembers): boolean {
    return (
      request.isFilled('input') ||
      request.kindOf('prompt') === 'object' ||
      request.kindOf('previous_response_id') === 'string' ||
      (request.has('conversation') && request.kindOf('conversation') !== 'null')
    );
  }
}
