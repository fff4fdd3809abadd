import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { constants, Http2ServerRequest, type Http2ServerResponse } from 'node:http2';

/**
 * What is different about a request that came over HTTP/2, where node:http2's imitation of node:http's request and response
 * is not good enough.
 */

const streamOf = (outgoing: ServerResponse) => (outgoing as unknown as Http2ServerResponse).stream;

/** Whether a request's version is what its connection speaks: any version can be written on a line of HTTP/1.1. */
export const hasItsVersion = (incoming: IncomingMessage): boolean =>
  incoming.httpVersionMajor === 1 || (incoming as unknown) instanceof Http2ServerRequest;

/** Whether the whole response went out. A stream counts as finished for node:http2 however it ended. */
export function isDelivered(outgoing: ServerResponse): boolean {
  if (outgoing.req.httpVersionMajor === 1) return outgoing.writableFinished;
  return outgoing.writableEnded && streamOf(outgoing).rstCode === constants.NGHTTP2_NO_ERROR;
}

/** Ends the stream so that its client knows that something is missing. */
export function breakStream(outgoing: ServerResponse): void {
  streamOf(outgoing).close(constants.NGHTTP2_INTERNAL_ERROR);
}

/** Ends the stream of a complete response whose request nobody waits for any more (RFC 9113, 8.1). */
export function closeStream(outgoing: ServerResponse): void {
  streamOf(outgoing).close(constants.NGHTTP2_NO_ERROR);
}

/** Sends a head that is all there is of the response. */
export function endWithHead(outgoing: ServerResponse, status: number, headers: OutgoingHttpHeaders): void {
  streamOf(outgoing).respond({ ':status': status, ...headers }, { endStream: true });
}

/**
 * Counts the bytes of one request and its response. Its connection carries others at the same time, and the library tells
 * nothing per stream; so heads count with the length they would have in HTTP/1.1, and what frames add does not count.
 */
export class StreamBytes {
  private received = 0;
  private sent = 0;

  constructor(
    private readonly incoming: IncomingMessage,
    private readonly outgoing: ServerResponse,
  ) {
    const { push } = incoming;
    incoming.push = (chunk: Buffer | null) => {
      if (chunk) this.received += chunk.length;
      return push.call(incoming, chunk);
    };
    const stream = streamOf(outgoing);
    const write = stream.write.bind(stream) as (chunk: Buffer, ...rest: unknown[]) => boolean;
    const end = stream.end.bind(stream) as (...args: unknown[]) => typeof stream;
    Object.assign(stream, {
      write: (chunk: Buffer, ...rest: unknown[]) => {
        this.sent += Buffer.byteLength(chunk);
        return write(chunk, ...rest);
      },
      end: (...args: unknown[]) => {
        if (Buffer.isBuffer(args[0])) this.sent += args[0].length;
        return end(...args);
      },
    });
  }

  get bytesReceived(): number {
    return this.received + headLength(this.incoming.rawHeaders);
  }

  get bytesSent(): number {
    return (
      this.sent +
      headLength(
        Object.entries(streamOf(this.outgoing).sentHeaders ?? {})
          .flat()
          .map(String),
      )
    );
  }
}

const headLength = (flat: readonly string[]): number =>
  flat.reduce((length, text) => length + text.length + ': '.length, '\r\n'.length);
