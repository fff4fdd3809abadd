import type { Milliseconds } from '../entities/units.js';
import type { AttemptOrder } from '../transport/attempt.js';
import type { ProxiedRequest } from './proxied-request.js';

export type { AttemptOrder, AttemptTimeouts, UpstreamAddress, UpstreamTls } from '../transport/attempt.js';

/** How an attempt ended, for the plan to judge. */
export type AttemptOutcome =
  | { readonly kind: 'status'; readonly status: number }
  /** `sent`: request bytes may have reached the upstream, so repeating a POST could act twice. */
  | { readonly kind: 'error' | 'timeout' | 'invalid_header'; readonly sent: boolean; readonly cause: Error }
  /** The client left: nobody's failure. */
  | { readonly kind: 'abandoned' };

/** Methods that are not repeated once they have been sent, because that could act twice (nginx: proxy_next_upstream). */
export const NON_IDEMPOTENT: ReadonlySet<string> = new Set(['POST', 'PATCH', 'LOCK']);

export type NextAttempt =
  /** `since`: when choosing began (`performance.now()`), where the client's body was waited for first. */
  | { readonly kind: 'attempt'; readonly order: AttemptOrder; readonly since?: Milliseconds }
  /** No attempt is possible; the client gets this error, in Kong's form. */
  | { readonly kind: 'unavailable'; readonly status: number; readonly message: string }
  /** A plugin exited while planning (`request.exited` is set). */
  | { readonly kind: 'exited' };

/**
 * Where a request goes and what counts as failure. Made in access, by an AI plugin or else from the Service; asked by
 * the proxy once per attempt. Everything that can be decided at configuration time already is.
 */
export interface UpstreamPlan {
  /** A cookie for the client, so that its next request goes the same way; added to the upstream's answer. */
  readonly setCookie?: string;
  /** The first attempt, or the next one after a failure. Asynchronous only where a name must be resolved. */
  next(request: ProxiedRequest): NextAttempt | Promise<NextAttempt>;
  /** Whether another attempt should follow this outcome. Not asked once response bytes have gone to the client. */
  mayRetry(request: ProxiedRequest, outcome: AttemptOutcome): boolean;
  /** The attempt handed out last is over: for health, circuits, open connections and latencies. Called once per attempt. */
  settle(request: ProxiedRequest, outcome: AttemptOutcome): void;
}
