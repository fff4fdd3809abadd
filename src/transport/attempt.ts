import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Milliseconds } from '../entities/units.js';
import type { AttemptFailure } from './attempt-failure.js';

/** Where an attempt goes on the wire. */
export interface UpstreamAddress {
  readonly scheme: 'http' | 'https';
  /** What is dialled; through a proxy, which looks names up itself, also a name. */
  readonly ip: string;
  readonly port: number;
  /** Whether HTTP/2 is spoken, with TLS or without; else HTTP/1.1. */
  readonly http2?: boolean;
  /** TLS only. */
  readonly tls?: UpstreamTls;
  /** TLS only: an HTTP proxy that is asked for a tunnel to the address (CONNECT). */
  readonly proxy?: { readonly ip: string; readonly port: number };
}

/** How TLS is spoken to an upstream. */
export interface UpstreamTls {
  /** Server name sent and checked. */
  readonly servername?: string;
  readonly verify: boolean;
  /** The most certificates between the upstream's own and the authority's; without it any number. */
  readonly verifyDepth?: number;
  /** PEM texts; without them the system's authorities. */
  readonly authorities?: readonly string[];
  readonly certificate?: { readonly cert: string; readonly key: string };
}

/** How long an upstream may take for each step of an attempt. */
export interface AttemptTimeouts {
  /** TCP and TLS connect. */
  readonly connect: Milliseconds;
  /** From the request's last byte to the response's head. */
  readonly head: Milliseconds;
  /** Between two pieces of the response's body. */
  readonly idle: Milliseconds;
  /**
   * Between two writes of a request's body that is passed on as it arrives: how long the upstream may leave it unread. What
   * the gateway holds as a whole is sent at once, and its reading counts to `head`.
   */
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

/** Who takes what an attempt brings. Exactly one of `onEnd` and `onFailure` is called, last, unless it was aborted. */
export interface AttemptSink {
  /** The response's head: status and flat `[name, value …]` as they came. */
  onHead(status: number, headers: string[]): void;
  onData(chunk: Buffer): void;
  /** `trailers`: flat, like headers. */
  onEnd(trailers: string[]): void;
  onFailure(failure: AttemptFailure): void;
  /** The upstream agreed to switch protocols: the socket is the caller's from here on, and nothing else is called. */
  onUpgrade(headers: string[], socket: Socket): void;
}

/** An attempt under way: the handle by which the proxy slows or ends it. */
export interface Attempt {
  /** Stops reading: the upstream's next bytes stay in the socket until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends the attempt and its connection. The sink hears nothing more. */
  abort(reason: Error): void;
}
