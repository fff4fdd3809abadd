import { describe, expect, it } from '@jest/globals';
import { ResponsesStream } from './responses-stream.js';

const event = (type: string, value: object = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...value })}\n\n`;
const usage = { input_tokens: 7, input_tokens_details: { cached_tokens: 4 }, output_tokens: 2, total_tokens: 9 };
const response = (status: string, more: object = {}) => ({
  response: {
    id: 'resp_2',
    object: 'response',
    status,
    model: 'gpt-5-codex-2026',
    tools: [{ usage: 'none' }],
    ...more,
  },
});
const created = event('response.created', response('in_progress', { usage: null }));
const delta = event('response.output_text.delta', { delta: 'Grüße "response.completed"' });
const done = event('response.output_item.done', { item: { type: 'message', usage: { input_tokens: 1 } } });

/** Reads the text as two pieces and looks at what is known at the end. */
function readCutAt(text: string, at: number) {
  const bytes = Buffer.from(text);
  const stream = new ResponsesStream(false);
  const passed = [stream.read(bytes.subarray(0, at)), stream.read(bytes.subarray(at)), stream.end()];
  expect(Buffer.concat(passed).equals(bytes)).toBe(true);
  return stream;
}

function everywhere(text: string, check: (stream: ResponsesStream) => void) {
  const { length } = Buffer.from(text);
  for (let at = 0; at <= length; at++) check(readCutAt(text, at));
}

describe('a Responses stream, read wherever it is cut', () => {
  it.each([
    ['completed', response('completed', { usage, service_tier: 'flex' }), 'complete', 'completed'],
    [
      'incomplete',
      response('incomplete', { usage, incomplete_details: { reason: 'max_output_tokens' } }),
      'complete',
      'max_output_tokens',
    ],
    ['failed', response('failed', { usage, error: { code: 'server_error', message: 'x' } }), 'failed', 'server_error'],
  ])('tells id, model, usage and end of one that is %s', (name, last, ending, finishReason) => {
    everywhere(created + delta + done + event(`response.${name}`, last), ({ answer, hasContent }) => {
      expect(hasContent).toBe(true);
      expect(answer).toMatchObject({ id: 'resp_2', model: 'gpt-5-codex-2026', ending, finishReason });
      expect(answer.usage).toMatchObject({
        prompt: 7,
        cachedPrompt: 4,
        cacheWrite: undefined,
        completion: 2,
        total: 9,
      });
    });
  });

  it.each([
    ['without event lines', (text: string) => text.replaceAll(/^event: .*\n/gm, '')],
    ['with CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
    ['without its last blank line', (text: string) => text.trimEnd()],
    [
      'with its type at the end',
      (text: string) => text.replaceAll(/^event: .*\ndata: \{("type":"[^"]*"),(.*)\}$/gm, 'data: {$2,$1}'),
    ],
  ])('tells the same of one %s', (_, written) => {
    everywhere(written(created + delta + event('response.completed', response('completed', { usage }))), (stream) => {
      expect(stream.hasContent).toBe(true);
      expect(stream.answer).toMatchObject({ id: 'resp_2', ending: 'complete', usage: { total: 9 } });
    });
  });

  it('knows nothing of the usage of one that broke off, and says that it is open', () => {
    everywhere(
      created + delta + event('response.completed', response('completed', { usage })).slice(0, -20),
      (stream) => {
        expect(stream.answer).toMatchObject({ id: 'resp_2', ending: 'open', usage: undefined });
      },
    );
  });

  it.each([
    ['flat', { code: 'server_error', message: 'x' }],
    ['nested', { error: { code: 'context_length_exceeded' } }],
  ])('knows that an error event, %s, ends it', (_, error) => {
    everywhere(created + event('error', error), ({ answer }) =>
      expect(answer).toMatchObject({ id: 'resp_2', ending: 'failed' }),
    );
  });

  it('has no content before the first delta', () => {
    const stream = new ResponsesStream(false);
    stream.read(Buffer.from(created));
    expect(stream.hasContent).toBe(false);
    stream.read(Buffer.from(event('response.reasoning_summary_text.delta', { delta: 'x' })));
    expect(stream.hasContent).toBe(true);
  });

  it('keeps the finished response where it is to be logged', () => {
    const stream = new ResponsesStream(true);
    stream.read(Buffer.from(created + event('response.completed', response('completed', { usage }))));
    expect(JSON.parse(stream.payload() as string)).toEqual(response('completed', { usage }).response);
  });

  it('reports usage that is no usage as unknown', () => {
    const odd = { input_tokens: 5.5, output_tokens: -1, total_tokens: '9' };
    const { answer } = readCutAt(event('response.completed', response('completed', { usage: odd })), 0);
    expect(answer.usage).toMatchObject({ prompt: undefined, completion: undefined, total: undefined });
  });
});
