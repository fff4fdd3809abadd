import type { JsonMembers } from '../ai/json/json-members.js';
import type { ExchangeTarget } from './exchange-target.js';
import type { UpstreamLocation } from './upstream-location.js';

/** What access found out about a client's request, whichever target it will go to. */
export interface ClientRequest {
  /** `undefined`: it has no body, being about a resource. */
  readonly members: JsonMembers | undefined;
  /** The model the client named; `undefined`: none. */
  readonly asked: string | undefined;
  /** What follows the operation in its path: a call about a resource; `''`: a request to the model. */
  readonly tail: string;
  /** Whether the answer is to come as a stream. */
  readonly streams: boolean;
  readonly acceptsGzip: boolean;
  /** Whether tokens are spent. Reading, cancelling or deleting a response repeats the usage of an earlier request. */
  readonly isCounted: boolean;
}

/** A client's request in the words of one target. */
export interface WordedRequest {
  readonly client: ClientRequest;
  readonly target: ExchangeTarget;
  readonly model: string | undefined;
  readonly location: UpstreamLocation;
  /** A usage report is asked for that the client did not ask for. */
  readonly addsUsage: boolean;
}
