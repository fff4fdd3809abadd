import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import type { Milliseconds } from '../entities/units.js';

/** What a client owes: more of its body, or room for more of the response. */
export type Owed = 'body' | 'reading';

/** How long a client may owe it without a byte; 0: for ever. */
export type Patience = Readonly<Record<Owed, Milliseconds>>;

/**
 * Whether a client that is waited for does anything. Looked at now and then from outside, so that a request that never waits,
 * as nearly all do not, has no timer to pay for. Source: nginx, client_body_timeout and send_timeout.
 */
export class ClientSilence {
  private progress = -1;
  private since = 0;

  constructor(
    private readonly incoming: IncomingMessage,
    private readonly outgoing: ServerResponse,
  ) {}

  /** What the client has owed for too long; `undefined`: nothing. */
  look(now: number, patience: Patience): Owed | undefined {
    const owed = this.owed();
    const progress = owed === undefined ? -1 : progressOf(this.outgoing);
    if (progress === this.progress && owed !== undefined) {
      return patience[owed] > 0 && now - this.since >= patience[owed] ? owed : undefined;
    }
    this.progress = progress;
    this.since = now;
    return undefined;
  }

  private owed(): Owed | undefined {
    const { incoming, outgoing } = this;
    if (outgoing.destroyed) return undefined;
    if (writable(outgoing)?.writableLength) return 'reading';
    if (incoming.complete) return undefined;
    // Once it is answered a client may talk as it likes, in calls of gRPC for hours; but the end of an answer is the end.
    if (outgoing.writableEnded) return 'body';
    // Paused, it is the upstream that takes no more.
    return !outgoing.headersSent && incoming.readableFlowing === true ? 'body' : undefined;
  }
}

const isHttp2 = (outgoing: ServerResponse) => outgoing.req.httpVersionMajor > 1;
const streamOf = (outgoing: ServerResponse) => (outgoing as unknown as Http2ServerResponse).stream;

const writable = (outgoing: ServerResponse) => (isHttp2(outgoing) ? streamOf(outgoing) : outgoing.socket);

/** A number that changes whenever the client takes or gives something. Over HTTP/2 whatever it says on its connection counts. */
function progressOf(outgoing: ServerResponse): number {
  if (isHttp2(outgoing)) {
    const { session } = streamOf(outgoing);
    return session && !session.destroyed ? session.socket.bytesRead : 0;
  }
  const socket = outgoing.socket as (Socket & { _handle?: { writeQueueSize?: number } }) | null;
  if (!socket) return 0;
  // One write can be megabytes long: what is left of it is known to its handle alone (as node:net's own time-out asks it).
  return socket.bytesRead + socket.bytesWritten - (socket._handle?.writeQueueSize ?? 0);
}
