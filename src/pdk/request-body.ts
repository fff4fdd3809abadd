import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import { type Readable, Transform } from 'node:stream';
import { GatheredBytes } from '../entities/gathered-bytes.js';
import type { Bytes } from '../entities/units.js';

/** How the reading of a body ended. */
export type BodyRead =
  | { readonly state: 'complete'; readonly bytes: Buffer }
  /** More than the caller allowed; what arrived is dropped, the rest is not read. */
  | { readonly state: 'too-large'; readonly limit: Bytes }
  /** The client left, or broke the framing, before the body was complete. */
  | { readonly state: 'aborted' };

const EMPTY = Buffer.alloc(0);

/**
 * The client's body. Nothing is read until somebody asks: a plain request streams straight through, an AI plugin reads
 * the whole. A plugin may put other bytes in its place.
 */
export class RequestBody {
  private outcome: BodyRead | undefined;
  private pending: Promise<BodyRead> | undefined;
  private replaced = false;
  private overflowed = false;

  constructor(
    private readonly source: IncomingMessage,
    /** Tells the client to go on (Expect: 100-continue); called once, just before the first read. */
    private readonly invite: (() => void) | undefined,
    /** The most the gateway takes of any body (client_max_body_size); 0: any. */
    private readonly ceiling: Bytes = 0,
  ) {}

  /** What the client's framing announces: a length, `chunked`, or no body at all. */
  get announced(): Bytes | 'chunked' | 'none' {
    const { headers } = this.source;
    if (headers['transfer-encoding'] !== undefined) return 'chunked';
    const length = headers['content-length'];
    if (length !== undefined) return length === '0' ? 'none' : Number(length);
    return this.source.httpVersionMajor > 1 && !endsWithHead(this.source) ? 'chunked' : 'none';
  }

  /** Whether the client sent, or announced, more than the gateway takes of any body. */
  get isOverCeiling(): boolean {
    const { announced, ceiling } = this;
    return this.overflowed || (ceiling > 0 && typeof announced === 'number' && announced > ceiling);
  }

  /** The complete body as it now stands, once read or replaced. */
  get bytes(): Buffer | undefined {
    return this.outcome?.state === 'complete' ? this.outcome.bytes : undefined;
  }

  /** Whether a plugin put other bytes in the place of the client's. */
  get isReplaced(): boolean {
    return this.replaced;
  }

  /** Reads the whole body, at most `limit` bytes (0: no limit). A second call answers with what the first one read. */
  read(limit: Bytes): Promise<BodyRead> | BodyRead {
    if (this.outcome) return withinLimit(this.outcome, limit);
    if (this.announced === 'none') {
      this.outcome = { state: 'complete', bytes: EMPTY };
      return this.outcome;
    }
    this.pending ??= this.readAll(limit);
    return this.pending;
  }

  replace(bytes: Buffer): void {
    this.outcome = { state: 'complete', bytes };
    this.replaced = true;
  }

  /** The unread body as a stream, for passing on as it arrives. Only while nobody has read it. */
  stream(): Readable {
    if (this.outcome || this.pending) throw new Error('the request body has been read already');
    this.invite?.();
    if (this.ceiling === 0 || this.announced !== 'chunked') return this.source;
    return this.source.pipe(this.counter());
  }

  /** Breaks a body of unknown length off where it passes the ceiling. */
  private counter(): Transform {
    let length = 0;
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        length += chunk.length;
        if (length <= this.ceiling) done(null, chunk);
        else {
          this.overflowed = true;
          done(new Error('the request body is larger than the gateway takes'));
        }
      },
    });
  }

  private readAll(asked: Bytes): Promise<BodyRead> {
    const { source, announced, ceiling } = this;
    const limit = ceiling > 0 && (asked === 0 || ceiling < asked) ? ceiling : asked;
    if (limit > 0 && typeof announced === 'number' && announced > limit) {
      this.outcome = { state: 'too-large', limit };
      return Promise.resolve(this.outcome);
    }
    this.invite?.();
    return new Promise((resolve) => {
      const read = new GatheredBytes();
      const finish = (outcome: BodyRead) => {
        source.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
        source.on('error', ignore);
        this.outcome = outcome;
        resolve(outcome);
      };
      const onData = (chunk: Buffer) => {
        if (limit > 0 && read.length + chunk.length > limit) {
          if (limit === ceiling) this.overflowed = true;
          source.pause();
          finish({ state: 'too-large', limit });
          return;
        }
        read.add(chunk);
      };
      const onEnd = () => finish({ state: 'complete', bytes: read.take() });
      const onClose = () => finish({ state: 'aborted' });
      source.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
    });
  }
}

const ignore = () => {};

function withinLimit(outcome: BodyRead, limit: Bytes): BodyRead {
  if (outcome.state !== 'complete' || limit === 0 || outcome.bytes.length <= limit) return outcome;
  return { state: 'too-large', limit };
}

/** HTTP/2 frames a body without announcing its length; a request without one ends its stream with the head. */
function endsWithHead(source: IncomingMessage): boolean {
  return (source as unknown as Http2ServerRequest).stream.endAfterHeaders;
}
