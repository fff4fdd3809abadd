import type { TokenUsage } from './token-usage.js';

/** What is known of a model's answer; of a stream, as much as has passed. `undefined`: the provider has not said. */
export interface LlmAnswer {
  readonly id: string | undefined;
  /** The name the provider resolved the model to. */
  readonly model: string | undefined;
  readonly usage: TokenUsage | undefined;
  /** The provider's own word for why the model stopped. */
  readonly finishReason: string | undefined;
  readonly serviceTier: string | undefined;
  readonly ending: AnswerEnding;
}

/**
 * How an answer ended by its own account. `open`: its terminal mark has not passed, so a stream that is over has been cut.
 * `complete` covers an answer that stopped at a limit: it says so in its finish reason, and nothing is missing.
 */
export type AnswerEnding = 'open' | 'complete' | 'failed';

/** Reads a stream in passing. Fed every piece of the body in order; the pieces may be cut anywhere. */
export interface AnswerStream {
  /** What is known so far. */
  readonly answer: LlmAnswer;
  /** Whether a first piece of content has passed: text, reasoning or the arguments of a call. */
  readonly hasContent: boolean;
  /** Why reading stopped before the stream did; `undefined`: it did not. */
  readonly trouble: string | undefined;
  /** The whole answer as one text, put together from what has passed; only where it was asked to keep it. */
  payload(): string | undefined;
  /** What goes on to the client in the piece's place: nearly always the piece itself. */
  read(piece: Buffer): Buffer;
  /** The body is over; answers with what was still held back. */
  end(): Buffer;
}
