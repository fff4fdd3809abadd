import { performance } from 'node:perf_hooks';
import { gunzipSync } from 'node:zlib';
import type { AnswerStream, LlmAnswer } from '../ai/answer.js';
import type { LlmFormat } from '../ai/formats/format.js';
import { byteString } from '../entities/byte-string.js';
import { GatheredBytes } from '../entities/gathered-bytes.js';
import { encodedHeaderValue } from '../entities/header-value.js';
import { type Milliseconds, milliseconds } from '../entities/units.js';
import type { ResponseBody, ResponseHead } from '../pdk/plugin.js';
import type { ExchangeRules } from './exchange-rules.js';
import type { WordedRequest } from './worded-request.js';

/** The most of a one-shot answer that is kept to be read. What is larger passes unread, and the log says so. */
const MOST_READ = 32 * 1024 * 1024;

/** How an answer is read: a stream in passing, a one-shot body when it is complete, or not at all. */
type Reading =
  | { readonly kind: 'stream'; readonly stream: AnswerStream }
  | { readonly kind: 'whole'; readonly read: GatheredBytes; readonly gzipped: boolean }
  | { readonly kind: 'none' };

/** What is read and changed of an answer's head. */
export type AnswerHead = Pick<ResponseHead, 'status' | 'responseHeaders' | 'headers' | 'inflating'>;

const UNREAD: Reading = { kind: 'none' };
const NOTHING = Buffer.alloc(0);

/**
 * What comes back from the model on its way to the client. The bytes stay as they are; usage, model and end are read in
 * passing, so that they are known even of a client that leaves right after the terminal event.
 */
export class ExchangeAnswer {
  isStream = false;
  /** When the first piece of content passed, and when the body was complete; on the monotonic clock. */
  firstContentAt: Milliseconds | undefined;
  completedAt: Milliseconds | undefined;
  private reading: Reading = UNREAD;
  private whole: { readonly answer: LlmAnswer | undefined; readonly body: Buffer } | undefined;
  private unread: string | undefined;
  private format: LlmFormat | undefined;

  constructor(private readonly rules: ExchangeRules) {}

  /** What the answer said, as far as it has passed; `undefined`: nobody read it. */
  get told(): LlmAnswer | undefined {
    return this.reading.kind === 'stream' ? this.reading.stream.answer : this.whole?.answer;
  }

  /** The answer as one text, for a log that shows payloads. */
  get payload(): string | undefined {
    return this.reading.kind === 'stream' ? this.reading.stream.payload() : this.whole?.body.toString();
  }

  /** Why the answer was not read to its end; `undefined`: it was. */
  get trouble(): string | undefined {
    return this.reading.kind === 'stream' ? this.reading.stream.trouble : this.unread;
  }

  /** Whether a stream went without its terminal event, or a one-shot body without its last byte. */
  get isCut(): boolean {
    const { reading } = this;
    if (this.trouble !== undefined || reading.kind === 'none') return false;
    return reading.kind === 'stream' ? reading.stream.answer.ending === 'open' : this.whole === undefined;
  }

  /** The upstream has answered the request that was sent last. */
  head(response: AnswerHead, { client, target, model, addsUsage }: WordedRequest): void {
    const { responseHeaders: headers, status } = response;
    if (status === 200) {
      const type = headers.get('content-type');
      this.isStream = isStream(type, client.streams);
      if (this.isStream && !type?.includes('event-stream')) headers.set('Content-Type', 'text/event-stream');
      // The provider's cookies are about the gateway's account (Kong: kong/llm/drivers/openai.lua).
      headers.remove('set-cookie');
      const named = this.rules.modelNameHeader || response.headers.has('kong-debug');
      if (named && model !== undefined)
        headers.set('X-Kong-LLM-Model', encodedHeaderValue(byteString(`${target.providerName}/${model}`)));
    }
    const coding = headers.get('content-encoding')?.trim().toLowerCase() ?? '';
    const coded = coding !== '' && coding !== 'identity';
    // A stream always: Codex cannot take a compressed one, and no usage could be read out of it in passing.
    if (coded && (this.isStream || !(client.acceptsGzip && coding === 'gzip'))) response.inflating = true;
    const keepPayload = target.logsPayloads;
    const counts = client.isCounted && status === 200;
    const wanted = keepPayload || (counts && (target.logsStatistics || this.rules.balancesByUsage));
    this.format = counts ? target.format : undefined;
    if (this.isStream && counts) {
      this.reading = { kind: 'stream', stream: target.format.readStream({ hideUsage: addsUsage, keepPayload }) };
    } else if (wanted && !this.isStream) {
      this.reading = { kind: 'whole', read: new GatheredBytes(), gzipped: coded && !response.inflating };
    }
  }

  /** A piece of the body; answers with what goes on to the client. */
  body(response: Pick<ResponseBody, 'answerPassed'>, piece: Buffer, last: boolean): Buffer {
    const { reading } = this;
    switch (reading.kind) {
      case 'stream':
        return this.readStream(reading.stream, response, piece, last);
      case 'whole':
        this.keep(reading, piece);
        if (last) this.readWhole(reading);
        break;
      case 'none':
        break;
    }
    if (last) this.complete();
    return piece;
  }

  private readStream(
    stream: AnswerStream,
    response: Pick<ResponseBody, 'answerPassed'>,
    piece: Buffer,
    last: boolean,
  ): Buffer {
    let passed = piece.length > 0 ? stream.read(piece) : piece;
    if (last) {
      const rest = stream.end();
      if (rest.length > 0) passed = passed.length > 0 ? Buffer.concat([passed, rest]) : rest;
    }
    if (this.firstContentAt === undefined && stream.hasContent) this.firstContentAt = milliseconds(performance.now());
    if (last || (!response.answerPassed && stream.answer.ending !== 'open')) this.complete();
    if (stream.answer.ending !== 'open') response.answerPassed = true;
    return passed;
  }

  private keep({ read }: Extract<Reading, { kind: 'whole' }>, piece: Buffer): void {
    if (piece.length === 0 || this.unread !== undefined) return;
    if (read.length + piece.length > MOST_READ) {
      this.unread = 'the answer was too large to read';
      read.forget();
    } else read.add(piece);
  }

  private readWhole({ read, gzipped }: Extract<Reading, { kind: 'whole' }>): void {
    if (this.unread !== undefined) return;
    let body = read.take();
    if (gzipped) {
      try {
        body = gunzipSync(body, { maxOutputLength: MOST_READ });
      } catch {
        this.unread = 'the compressed answer could not be read';
        body = NOTHING;
      }
    }
    this.whole = { answer: this.unread === undefined ? this.format?.readAnswer(body) : undefined, body };
  }

  private complete(): void {
    this.completedAt = milliseconds(performance.now());
    if (!this.isStream) this.firstContentAt = this.completedAt;
  }
}

/** By what the upstream says it is; where it says nothing sensible, by what was asked for. */
function isStream(type: string | undefined, asked: boolean): boolean {
  if (type?.includes('event-stream')) return true;
  return asked && !type?.includes('json');
}
