import type { TokenUsage } from '../../token-usage.js';

/** The most text of one answer that is kept. A log line is no archive. */
const MOST_KEPT = 1024 * 1024;

interface ToolCall {
  id?: unknown;
  type?: unknown;
  function: { name?: unknown; arguments: string };
}

/** What a stream of chunks said, put together as a `chat.completion`: how Kong shows a stream in `payload.response`. */
export class ChatTranscript {
  private content = '';
  private role = 'assistant';
  private readonly calls: ToolCall[] = [];
  private kept = 0;

  add(delta: Readonly<Record<string, unknown>> | undefined): void {
    if (!delta) return;
    if (typeof delta.role === 'string') this.role = delta.role;
    if (typeof delta.content === 'string') this.content += this.room(delta.content);
    if (Array.isArray(delta.tool_calls)) for (const call of delta.tool_calls) this.addCall(call);
  }

  completion(finishReason: string | undefined, usage: TokenUsage | undefined): string {
    const { role, content, calls } = this;
    const made = calls.filter((call) => call !== undefined);
    const message = made.length > 0 ? { role, content: content || null, tool_calls: made } : { role, content };
    return JSON.stringify({
      object: 'chat.completion',
      choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason ?? null }],
      ...(usage && {
        usage: { prompt_tokens: usage.prompt, completion_tokens: usage.completion, total_tokens: usage.total },
      }),
    });
  }

  private addCall(value: unknown): void {
    const part = value as { index?: unknown; id?: unknown; type?: unknown; function?: Record<string, unknown> } | null;
    const index = part?.index;
    // No model makes so many calls at once; the number comes from the wire and must not size a list.
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index > 255) return;
    const call = (this.calls[index] ??= { function: { arguments: '' } });
    if (part?.id !== undefined) call.id = part.id;
    if (part?.type !== undefined) call.type = part.type;
    if (part?.function?.name !== undefined) call.function.name = part.function.name;
    const more = part?.function?.arguments;
    if (typeof more === 'string') call.function.arguments += this.room(more);
  }

  private room(text: string): string {
    const fitting = text.slice(0, MOST_KEPT - this.kept);
    this.kept += fitting.length;
    return fitting;
  }
}
