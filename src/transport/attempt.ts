import type { Readable } from 'node:stream';
import type { Milliseconds } from '../entities/units.js';

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
