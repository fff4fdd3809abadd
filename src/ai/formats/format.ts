import { DiscoveryService } from '@nestjs/core';
import type { AnswerStream, LlmAnswer } from '../answer.js';
import type { JsonMembers } from '../json/json-members.js';

/** How a request is to read once it leaves for the model. `undefined`: nothing was configured, the client's own stays. */
export interface Wording {
  /** `undefined`: no model is named, as a stored prompt allows. */
  readonly model: string | undefined;
  readonly stream: boolean;
  /** Ask for a usage report that a stream would not carry by itself. */
  readonly askUsage: boolean;
  readonly maxTokens: number | undefined;
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
}

/** Changes to a request, for a provider to add to. */
export type Edits = Map<string, string | undefined>;

/** What is wanted of the reading of a stream. */
export interface StreamReading {
  /** The client did not ask for the usage report we asked for: it is read and not passed on. */
  readonly hideUsage: boolean;
  /** Somebody will ask for the whole answer as one text. */
  readonly keepPayload: boolean;
}

/**
 * A wire dialect for one kind of call: how its requests, answers, streams and usage reports are written. A folder in
 * `ai/formats/`. Where client and provider speak the same format, requests are changed member by member and everything else
 * stays byte for byte; answers are only looked at in passing.
 */
export interface LlmFormat {
  /** The top-level members of a request anybody looks at: the format itself, the exchange, the providers that speak it. */
  readonly members: ReadonlySet<string>;
  /** Whether the request holds something to answer. Without it the request is refused as having no valid prompt. */
  hasPrompt(request: JsonMembers): boolean;
  /** What kind of call this is instead, in Kong's words; `undefined`: it is of this format. */
  mismatch(request: JsonMembers): string | undefined;
  /** What to change so that the request reads as wanted. */
  edits(request: JsonMembers, wording: Wording): Edits;
  /** Whether a stream of this request reports usage to its client. */
  asksUsage(request: JsonMembers): boolean;
  /** Reads a complete answer. Bytes that are no answer of this format give one in which nothing is known. */
  readAnswer(body: Buffer): LlmAnswer;
  readStream(reading: StreamReading): AnswerStream;
}

/** What a format says of itself, where its class is declared. */
export interface FormatDeclaration {
  /** The folder's name. */
  readonly name: string;
  /** The `llm_format` and `route_type` under which clients speak it. */
  readonly llmFormat: string;
  readonly routeType: string;
}

/** Announces a class as a format. The decorator alone makes it injectable and findable. */
export const Format = DiscoveryService.createDecorator<FormatDeclaration>();
