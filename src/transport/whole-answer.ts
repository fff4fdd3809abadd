import { GatheredBytes } from '../entities/gathered-bytes.js';
import type { Bytes } from '../entities/units.js';
import type { Attempt, AttemptOrder, AttemptSink } from './attempt.js';
import type { AttemptFailure } from './attempt-failure.js';
import type { UpstreamClient } from './upstream-client.js';

/** What became of an attempt whose answer is taken whole. */
export type WholeAnswer =
  /** `headers`: flat, as they came. The body is as it was sent, content coding and all. */
  | { readonly kind: 'answer'; readonly status: number; readonly headers: readonly string[]; readonly body: Buffer }
  /** The answer is larger than the caller takes; the rest was not read. */
  | { readonly kind: 'too-large'; readonly status: number }
  | { readonly kind: 'failed'; readonly failure: AttemptFailure }
  /** The caller has given up, or did not want what the head announced. */
  | { readonly kind: 'abandoned' };

/** What the caller takes of an answer, and how it gives up. */
export interface WholeAnswerOptions {
  /** The most of a body that is taken. */
  readonly limit: Bytes;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Asked once the head is here: whether the body is worth reading. */
  wants?(status: number, headers: readonly string[]): boolean;
}

/** Sends one attempt and answers with all that comes back. Never rejects. */
export function wholeAnswer(client: UpstreamClient, order: AttemptOrder, options: WholeAnswerOptions) {
  return new Promise<WholeAnswer>((resolve) => new WholeAnswerSink(options, resolve).begin(client, order));
}

class WholeAnswerSink implements AttemptSink {
  private attempt: Attempt | undefined;
  private status = 0;
  private headers: readonly string[] = [];
  private readonly read = new GatheredBytes();
  private readonly onAbort = () => this.giveUp({ kind: 'abandoned' });

  constructor(
    private readonly options: WholeAnswerOptions,
    private readonly resolve: (answer: WholeAnswer) => void,
  ) {}

  begin(client: UpstreamClient, order: AttemptOrder): void {
    const { signal } = this.options;
    if (signal.aborted) {
      this.resolve({ kind: 'abandoned' });
      return;
    }
    signal.addEventListener('abort', this.onAbort);
    this.attempt = client.send(order, this);
  }

  onHead(status: number, headers: string[]): void {
    this.status = status;
    this.headers = headers;
    if (this.options.wants?.(status, headers) === false) this.giveUp({ kind: 'abandoned' });
  }

  onData(chunk: Buffer): void {
    if (this.read.length + chunk.length > this.options.limit) this.giveUp({ kind: 'too-large', status: this.status });
    else this.read.add(chunk);
  }

  onEnd(): void {
    const { status, headers, read } = this;
    this.finish({ kind: 'answer', status, headers, body: read.take() });
  }

  onFailure(failure: AttemptFailure): void {
    this.finish({ kind: 'failed', failure });
  }

  /** Nobody asks for another protocol here. */
  onUpgrade(): void {}

  private giveUp(answer: WholeAnswer): void {
    this.attempt?.abort(new Error('the answer is not wanted any more'));
    this.finish(answer);
  }

  private finish(answer: WholeAnswer): void {
    this.options.signal.removeEventListener('abort', this.onAbort);
    this.resolve(answer);
  }
}
