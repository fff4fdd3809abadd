import type { Bytes, Milliseconds } from '../entities/units.js';
import type { AttemptOrder } from '../transport/attempt.js';
import type { HeaderList } from './header-list.js';
import type { ProxiedRequest } from './proxied-request.js';

/** How an attempt ended, for the plan to judge. */
export type AttemptOutcome =
  | { readonly kind: 'status'; readonly status: number }
  /** `sent`: request bytes may have reached the upstream, so repeating a POST could act twice. */
  | { readonly kind: 'error' | 'timeout' | 'invalid_header'; readonly sent: boolean; readonly cause: Error }
  /** The client left, or a plugin failed: it says nothing about the upstream. */
  | { readonly kind: 'abandoned' };

/** Methods that are not repeated once they have been sent, because that could act twice (nginx: proxy_next_upstream). */
export const NON_IDEMPOTENT: ReadonlySet<string> = new Set(['POST', 'PATCH', 'LOCK']);

/** What a plan answers when it is asked for an attempt. */
export type NextAttempt =
  /** `since`: when choosing began (`performance.now()`), where the client's body was waited for first. */
  | { readonly kind: 'attempt'; readonly order: AttemptOrder; readonly since?: Milliseconds }
  /** No attempt is possible; the client gets this error, in Kong's form. `reason`: what the log says in its place. */
  | { readonly kind: 'unavailable'; readonly status: number; readonly message: string; readonly reason?: string }
  /** A plugin exited while planning (`request.exited` is set). */
  | { readonly kind: 'exited' };

/**
 * Where a request goes and what counts as failure. Made in access, by an AI plugin or else from the Service; asked by
 * the proxy once per attempt. Everything that can be decided at configuration time already is.
 */
export interface UpstreamPlan {
  /** A cookie for the client, so that its next request goes the same way; added to the upstream's answer. */
  readonly setCookie?: string;
  /** Whether the client is to get the answer as a stream. Who needs it whole has to refuse. */
  readonly streams?: boolean;
  /** The first attempt, or the next one after a failure. Asynchronous only where a name must be resolved. */
  next(request: ProxiedRequest): NextAttempt | Promise<NextAttempt>;
  /** Whether another attempt should follow this outcome. Not asked once response bytes have gone to the client. */
  mayRetry(request: ProxiedRequest, outcome: AttemptOutcome): boolean;
  /** The attempt handed out last is over: for health, circuits, open connections and latencies. Called once per attempt. */
  settle(request: ProxiedRequest, outcome: AttemptOutcome): void;
  /**
   * Reads an answer that a plugin asked for (`askUpstream`), so that it passes no filters: does what the filters of the plugin
   * that made this plan would do. `body` is inflated. May change the headers; answers with the body that counts. Called before
   * `settle`.
   */
  readWhole?(request: ProxiedRequest, status: number, headers: HeaderList, body: Buffer): Buffer;
}

/** What the upstream said to a plugin. */
export type UpstreamAnswer =
  /** `headers`: less what belongs to the upstream's connection, and what describes the body as it was sent. `body`: inflated. */
  | { readonly kind: 'answer'; readonly status: number; readonly headers: HeaderList; readonly body: Buffer }
  /** No answer was got. `connected`: the request may have been sent. `reason` is for the client to read. */
  | { readonly kind: 'failed'; readonly connected: boolean; readonly reason: string }
  /** The client has left: no answer is of use to anybody. */
  | { readonly kind: 'client-left' };

/** Asks the upstream while plugins are still at work. The proxy is one; plugins see it as `askUpstream`. */
export interface UpstreamAsker {
  /** `limit`: the most of an answer that is held, as sent and inflated. */
  ask(request: ProxiedRequest, limit: Bytes): Promise<UpstreamAnswer>;
}
