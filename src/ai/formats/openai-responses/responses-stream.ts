import type { AnswerStream, LlmAnswer } from '../../answer.js';
import { JsonMembers } from '../../json/json-members.js';
import { MemberNames } from '../../json/member-names.js';
import { type SseListener, SseReader } from '../../stream/sse-reader.js';
import { answerFromResponse, NO_ANSWER } from './responses-answer.js';

const EVENT_MEMBERS = new MemberNames(['type', 'response']);
const NOTHING = Buffer.alloc(0);

/**
 * Reads a Responses stream in passing. Only four of its events say anything we need: the first one has id and model, the
 * terminal one has usage, status and tier; of a delta its arrival is enough. All others pass unread.
 */
export class ResponsesStream implements AnswerStream, SseListener {
  answer: LlmAnswer = NO_ANSWER;
  hasContent = false;
  private readonly sse = new SseReader(this);
  private response: Buffer | undefined;

  constructor(private readonly keepPayload: boolean) {}

  get trouble(): string | undefined {
    return this.sse.overflowed ? 'an event was too large to read' : undefined;
  }

  read(piece: Buffer): Buffer {
    this.sse.push(piece);
    return piece;
  }

  end(): Buffer {
    this.sse.end();
    return NOTHING;
  }

  /** The finished response object, as the terminal event has it. */
  payload(): string | undefined {
    return this.response?.toString();
  }

  wants(name: string): boolean {
    switch (name) {
      case 'response.created':
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
      case 'error':
      // Written by somebody who puts `type` elsewhere: it has to be looked for.
      case '':
        return true;
      default:
        return false;
    }
  }

  event(name: string, data: Buffer | undefined): void {
    if (data) this.readData(name, data);
    else if (!this.hasContent && name.endsWith('.delta')) this.hasContent = true;
  }

  private readData(name: string, data: Buffer): void {
    const event = JsonMembers.of(data, EVENT_MEMBERS);
    const type = name === '' ? (event?.text('type') ?? '') : name;
    if (type.endsWith('.delta')) {
      this.hasContent = true;
      return;
    }
    if (type === 'error') {
      this.answer = { ...this.answer, ending: 'failed', finishReason: 'error' };
      return;
    }
    if (!this.wants(type)) return;
    const response = event?.slice('response');
    if (!response) return;
    this.take(type, answerFromResponse(response));
    if (this.keepPayload && this.answer.ending !== 'open') this.response = Buffer.from(response);
  }

  private take(type: string, told: LlmAnswer): void {
    this.answer = {
      ...told,
      id: told.id ?? this.answer.id,
      model: told.model ?? this.answer.model,
      // The event's name says that the stream ends here, whatever status the object carries.
      ending: type === 'response.created' ? 'open' : type === 'response.failed' ? 'failed' : 'complete',
    };
  }
}
