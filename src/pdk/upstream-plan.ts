import type { Readable } from 'node:stream';
import type { Milliseconds } from '../entities/units.js';
import type { ProxiedRequest } from './proxied-request.js';

/** Where an attempt goes on the wire. */
export interface UpstreamAddress {
  readonly scheme: 'http' | 'https';
  /** What is dialled. */
  readonly ip: string;
  readonly port: number;
  /** TLS only. */
  readonly tls?: UpstreamTls;
}

export interface UpstreamTls {
  /** Server name sent and checked. */
  readonly servername?: string;
  readonly verify: boolean;
  readonly verifyDepth?: number;
  /** PEM texts; without them the system's authorities. */
  readonly authorities?: readonly string[];
  readonly certificate?: { readonly cert: string; readonly key: string };
}

export interface AttemptTimeouts {
  /** TCP and TLS connect. */
  readonly connect: Milliseconds;
  /** From the request's last byte to the response's head. */
  readonly head: Milliseconds;
  /** Between two pieces of the response's body. */
  readonly idle: Milliseconds;
  /** Between two writes of the request's body. */
  readonly write: Milliseconds;
}

/** One request to one candidate, ready for the wire. */
export interface AttemptOrder {
  readonly address: UpstreamAddress;
  readonly method: string;
  /** Path with query string, escaped. */
  readonly path: string;
  /** Flat `[name, value …]`, Host included, hop-by-hop and framing headers left out. */
  readonly headers: readonly string[];
  /** A Buffer can be sent again by a further attempt; a stream cannot. */
  readonly body: Buffer | Readable | null;
  readonly timeouts: AttemptTimeouts;
}

/** How an attempt ended, for the plan to judge. */
export type AttemptOutcome =
  | { readonly kind: 'status'; readonly status: number }
  /** `sent`: request bytes may have reached the upstream, so repeating a POST could act twice. */
  | { readonly kind: 'error' | 'timeout' | 'invalid_header'; readonly sent: boolean; readonly cause: Error };

export type NextAttempt =
  | { readonly kind: 'attempt'; readonly order: AttemptOrder }
  /** No attempt is possible; the client gets this error, in Kong's form. */
  | { readonly kind: 'unavailable'; readonly status: number; readonly message: string }
  /** A plugin exited while planning (`request.exited` is set). */
  | { readonly kind: 'exited' };

/**
 * Where a request goes and what counts as failure. Made in access, by an AI plugin or else from the Service; asked by
 * the proxy once per attempt. Everything that can be decided at configuration time already is.
 */
export interface UpstreamPlan {
  /** The first attempt, or the next one after a failure. Asynchronous only where a name must be resolved. */
  next(request: ProxiedRequest): NextAttempt | Promise<NextAttempt>;
  /** Whether another attempt should follow this outcome. Not asked once response bytes have gone to the client. */
  mayRetry(request: ProxiedRequest, outcome: AttemptOutcome): boolean;
  /** The attempt handed out last is over: for health, circuits, open connections and latencies. Called once per attempt. */
  settle(request: ProxiedRequest, outcome: AttemptOutcome): void;
}
