import type { AnswerEnding, AnswerStream, LlmAnswer } from '../../answer.js';
import { type SseListener, SseReader } from '../../stream/sse-reader.js';
import type { TokenUsage } from '../../token-usage.js';
import type { StreamReading } from '../format.js';
import { ChatTranscript } from './chat-transcript.js';
import { usageFromChat } from './chat-usage.js';

interface ChatChunk {
  readonly id?: unknown;
  readonly model?: unknown;
  readonly service_tier?: unknown;
  readonly usage?: unknown;
  readonly error?: unknown;
  readonly choices?: readonly {
    readonly finish_reason?: unknown;
    readonly text?: unknown;
    readonly delta?: Readonly<Record<string, unknown>>;
  }[];
}

const DONE = Buffer.from('[DONE]');
/** A member worth parsing a chunk for, and not null. In the text of a delta the quotes around the name would be escaped. */
const NEWS = /"(?:usage|finish_reason|error)"\s*:(?!\s*null)/;
const NOTHING = Buffer.alloc(0);

/**
 * Reads a stream of `chat.completion.chunk`s in passing. Chunks are parsed until the first content has been seen; after
 * that only those whose bytes mention usage, a finish reason or an error.
 *
 * With `hideUsage` the frame that only reports usage is kept from the client. Until an event is complete nobody can say
 * whether it is that one, so the stream is then passed on event by event; that delays nothing a client could have used.
 */
export class ChatStream implements AnswerStream, SseListener {
  hasContent = false;
  private id: string | undefined;
  private model: string | undefined;
  private usage: TokenUsage | undefined;
  private finishReason: string | undefined;
  private serviceTier: string | undefined;
  private ending: AnswerEnding = 'open';
  private readonly sse = new SseReader(this);
  private readonly passage: EventPassage | undefined;

  private readonly transcript: ChatTranscript | undefined;

  constructor({ hideUsage, keepPayload }: StreamReading) {
    this.passage = hideUsage ? new EventPassage() : undefined;
    this.transcript = keepPayload ? new ChatTranscript() : undefined;
  }

  get answer(): LlmAnswer {
    const { id, model, usage, finishReason, serviceTier, ending } = this;
    return { id, model, usage, finishReason, serviceTier, ending };
  }

  get trouble(): string | undefined {
    return this.sse.overflowed ? 'an event was too large to read' : undefined;
  }

  read(piece: Buffer): Buffer {
    const { passage, sse } = this;
    if (!passage) {
      sse.push(piece);
      return piece;
    }
    passage.begin(piece);
    sse.push(piece);
    return passage.finish(sse.overflowed);
  }

  end(): Buffer {
    this.passage?.begin(NOTHING);
    this.sse.end();
    return this.passage?.finish(true) ?? NOTHING;
  }

  /** A completion that says what the chunks said. */
  payload(): string | undefined {
    return this.transcript?.completion(this.finishReason, this.usage);
  }

  wants(): boolean {
    return true;
  }

  event(_name: string, data: Buffer, end: number): void {
    const onlyUsage = this.look(data);
    this.passage?.boundary(end, onlyUsage);
  }

  gap(end: number): void {
    this.passage?.boundary(end, false);
  }

  /** Answers whether the chunk is the extra one that only reports usage. */
  private look(data: Buffer): boolean {
    if (data.equals(DONE)) {
      if (this.ending === 'open') this.ending = 'complete';
      return false;
    }
    // Latin-1 costs a copy and no decoding, and leaves what is looked for as it is.
    if (this.hasContent && !this.transcript && !NEWS.test(data.toString('latin1'))) return false;
    const chunk = parsed(data);
    if (!chunk) return false;
    if (typeof chunk.id === 'string') this.id ??= chunk.id;
    if (typeof chunk.model === 'string' && chunk.model !== '') this.model ??= chunk.model;
    if (typeof chunk.service_tier === 'string') this.serviceTier = chunk.service_tier;
    const usage = usageFromChat(chunk.usage);
    // Vendors that report as they go report running totals: the last one counts.
    if (usage) this.usage = usage;
    if (chunk.error !== undefined && chunk.error !== null) this.ending = 'failed';
    const choices = Array.isArray(chunk.choices) ? chunk.choices : [];
    for (const choice of choices) {
      if (typeof choice?.finish_reason === 'string') {
        this.finishReason = choice.finish_reason;
        if (this.ending === 'open') this.ending = 'complete';
      }
      if (!this.hasContent && hasContent(choice)) this.hasContent = true;
    }
    this.transcript?.add(choices[0]?.delta);
    return usage !== undefined && choices.length === 0;
  }
}

/** The pieces of a stream on their way to the client, cut at event boundaries so that an event can be left out. */
class EventPassage {
  /** What has arrived of the event under way, from earlier pieces. */
  private held: Buffer[] = [];
  private passed: Buffer[] = [];
  private piece: Buffer = NOTHING;
  private from = 0;
  /** So far everything goes on that is in this piece, and nothing else. */
  private whole = true;

  begin(piece: Buffer): void {
    this.piece = piece;
    this.from = 0;
    this.passed = [];
    this.whole = this.held.length === 0;
  }

  /** An event ends here. */
  boundary(end: number, leaveOut: boolean): void {
    if (leaveOut) this.whole = false;
    else this.passed.push(...this.held, this.piece.subarray(this.from, end));
    this.held = [];
    this.from = end;
  }

  /** What may go on now. `all`: nothing more will be told, so nothing is held back. */
  finish(all: boolean): Buffer {
    const { piece, from, passed } = this;
    if (this.whole && from === piece.length) return piece;
    const rest = piece.subarray(from);
    if (all) {
      passed.push(...this.held, rest);
      this.held = [];
    } else if (rest.length > 0) this.held.push(rest);
    return passed.length === 1 ? (passed[0] as Buffer) : Buffer.concat(passed);
  }
}

function parsed(data: Buffer): ChatChunk | undefined {
  try {
    const value = JSON.parse(data.toString()) as unknown;
    return typeof value === 'object' && value !== null ? (value as ChatChunk) : undefined;
  } catch {
    return undefined;
  }
}

function hasContent(choice: NonNullable<ChatChunk['choices']>[number]): boolean {
  if (typeof choice.text === 'string' && choice.text !== '') return true;
  const { delta } = choice;
  if (typeof delta !== 'object' || delta === null) return false;
  return Object.entries(delta).some(
    ([name, value]) => name !== 'role' && value !== null && value !== undefined && value !== '',
  );
}
