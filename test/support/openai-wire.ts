import { randomBytes } from 'node:crypto';

/** The usage report of a Responses answer, as OpenAI writes it. */
export interface ResponsesUsage {
  readonly input: number;
  readonly output: number;
  readonly cached?: number;
  readonly reasoning?: number;
}

/** A call the model asks its client to run. `function` carries JSON arguments, `custom` plain text. */
export interface ToolCall {
  readonly kind: 'function' | 'custom';
  readonly name: string;
  readonly input: string;
}

export interface Wording {
  /** The answer, one delta per piece. */
  readonly pieces?: readonly string[];
  readonly toolCall?: ToolCall;
  /** `undefined`: a small report; `null`: the answer carries none. */
  readonly usage?: ResponsesUsage | null;
  /** The model named in the answer; else the one asked for. */
  readonly model?: string;
  /** How the stream ends. `nothing` leaves the terminal event out. */
  readonly ending?: Ending;
}

export type Ending =
  | { readonly kind: 'completed' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'incomplete'; readonly reason: string }
  | { readonly kind: 'failed'; readonly code: string; readonly message?: string };

/** One event of a stream. `name` is the SSE event name, which Chat Completions does not use. */
export interface StreamEvent {
  readonly name?: string;
  readonly data: string;
}

const DEFAULT_PIECES = ['Hi', ' there', '! How can', ' I assist you', ' today?'];
const DEFAULT_USAGE: ResponsesUsage = { input: 11, output: 7 };

export const defaultText = DEFAULT_PIECES.join('');

/** `resp_…`, `msg_…`, `call_…`: OpenAI's ids are a prefix and hex. */
export function newId(prefix: string): string {
  return `${prefix}_${randomBytes(12).toString('hex')}`;
}

/** An error body in OpenAI's shape. */
export function openAiError(message: string, type: string, code: string | null): string {
  return JSON.stringify({ error: { message, type, param: null, code } });
}

/** The whole answer of a Responses call that does not stream. */
export function responsesObject(asked: Record<string, unknown>, wording: Wording = {}): Record<string, unknown> {
  return { ...envelope(asked, wording, newId('resp')), ...closing(wording, [item(wording)]) };
}

/**
 * The events of a streamed Responses answer, in OpenAI's order. As with the real one the request's instructions and tools
 * come back in the first two events and in the last, so those events are as large as the request.
 */
export function responsesEvents(asked: Record<string, unknown>, wording: Wording = {}): StreamEvent[] {
  const response = envelope(asked, wording, newId('resp'));
  const events: StreamEvent[] = [];
  const emit = (type: string, fields: Record<string, unknown>) => {
    events.push({ name: type, data: JSON.stringify({ type, sequence_number: events.length, ...fields }) });
  };
  emit('response.created', { response });
  emit('response.in_progress', { response });

  const done = item(wording);
  const { toolCall } = wording;
  const place = { item_id: done['id'], output_index: 0 };
  if (toolCall) {
    const field = toolCall.kind === 'function' ? 'function_call_arguments' : 'custom_tool_call_input';
    const empty = toolCall.kind === 'function' ? { arguments: '' } : { input: '' };
    emit('response.output_item.added', { output_index: 0, item: { ...done, status: 'in_progress', ...empty } });
    emit(`response.${field}.delta`, { ...place, delta: toolCall.input });
    emit(`response.${field}.done`, {
      ...place,
      ...(toolCall.kind === 'function'
        ? { name: toolCall.name, arguments: toolCall.input }
        : { input: toolCall.input }),
    });
  } else {
    const pieces = wording.pieces ?? DEFAULT_PIECES;
    const inPart = { ...place, content_index: 0 };
    emit('response.output_item.added', { output_index: 0, item: { ...done, status: 'in_progress', content: [] } });
    emit('response.content_part.added', { ...inPart, part: { type: 'output_text', text: '', annotations: [] } });
    for (const delta of pieces) emit('response.output_text.delta', { ...inPart, delta, logprobs: [] });
    const text = pieces.join('');
    emit('response.output_text.done', { ...inPart, text, logprobs: [] });
    emit('response.content_part.done', { ...inPart, part: { type: 'output_text', text, annotations: [] } });
  }
  emit('response.output_item.done', { output_index: 0, item: done });

  const ending = wording.ending ?? { kind: 'completed' };
  if (ending.kind !== 'nothing') {
    emit(`response.${ending.kind}`, { response: { ...response, ...closing(wording, [done]) } });
  }
  return events;
}

/** The whole answer of a Chat Completions call that does not stream. */
export function chatObject(asked: Record<string, unknown>, wording: Wording = {}): Record<string, unknown> {
  const { model, usage } = wording;
  return {
    id: newId('chatcmpl'),
    object: 'chat.completion',
    created: seconds(),
    model: model ?? asked['model'],
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: (wording.pieces ?? DEFAULT_PIECES).join('') },
        finish_reason: 'stop',
      },
    ],
    ...(usage === null ? {} : { usage: chatUsage(usage ?? DEFAULT_USAGE) }),
  };
}

/** The chunks of a streamed Chat Completions answer. Usage is sent only when the request asks for it. */
export function chatEvents(asked: Record<string, unknown>, wording: Wording = {}): StreamEvent[] {
  const head = {
    id: newId('chatcmpl'),
    object: 'chat.completion.chunk',
    created: seconds(),
    model: wording.model ?? asked['model'],
  };
  const chunk = (delta: Record<string, unknown>, finish: string | null): StreamEvent => ({
    data: JSON.stringify({ ...head, choices: [{ index: 0, delta, finish_reason: finish }] }),
  });
  const pieces = wording.pieces ?? DEFAULT_PIECES;
  const options = asked['stream_options'] as { include_usage?: boolean } | undefined;
  const report =
    options?.include_usage && wording.usage !== null
      ? [{ data: JSON.stringify({ ...head, choices: [], usage: chatUsage(wording.usage ?? DEFAULT_USAGE) }) }]
      : [];
  return [
    chunk({ role: 'assistant', content: '' }, null),
    ...pieces.map((content) => chunk({ content }, null)),
    chunk({}, 'stop'),
    ...report,
    { data: '[DONE]' },
  ];
}

function envelope(asked: Record<string, unknown>, wording: Wording, id: string): Record<string, unknown> {
  return {
    id,
    object: 'response',
    created_at: seconds(),
    status: 'in_progress',
    error: null,
    incomplete_details: null,
    instructions: asked['instructions'] ?? null,
    model: wording.model ?? asked['model'],
    output: [],
    tools: asked['tools'] ?? [],
    usage: null,
  };
}

function closing(wording: Wording, output: readonly Record<string, unknown>[]): Record<string, unknown> {
  const ending = wording.ending ?? { kind: 'completed' };
  const usage = wording.usage === null ? null : responsesUsage(wording.usage ?? DEFAULT_USAGE);
  switch (ending.kind) {
    case 'completed':
    case 'nothing':
      return { status: 'completed', output, usage };
    case 'incomplete':
      return { status: 'incomplete', incomplete_details: { reason: ending.reason }, output, usage };
    case 'failed':
      return {
        status: 'failed',
        error: { code: ending.code, message: ending.message ?? `fake: ${ending.code}` },
        usage: null,
      };
  }
}

function item({ toolCall, pieces }: Wording): Record<string, unknown> {
  if (toolCall?.kind === 'function') {
    const { name, input } = toolCall;
    return {
      id: newId('fc'),
      type: 'function_call',
      status: 'completed',
      name,
      arguments: input,
      call_id: newId('call'),
    };
  }
  if (toolCall) {
    const { name, input } = toolCall;
    return { id: newId('ctc'), type: 'custom_tool_call', status: 'completed', name, input, call_id: newId('call') };
  }
  const text = (pieces ?? DEFAULT_PIECES).join('');
  const content = [{ type: 'output_text', text, annotations: [], logprobs: [] }];
  return { id: newId('msg'), type: 'message', status: 'completed', role: 'assistant', content };
}

function responsesUsage({ input, output, cached = 0, reasoning = 0 }: ResponsesUsage) {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}

function chatUsage({ input, output, cached = 0, reasoning = 0 }: ResponsesUsage) {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
