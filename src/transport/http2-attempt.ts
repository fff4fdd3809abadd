import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { isStream, WatchedAttempt } from './watched-attempt.js';

/** An attempt over HTTP/2: one stream of a session. */
export class Http2Attempt extends WatchedAttempt {
  private stream: ClientHttp2Stream | undefined;
  private trailers: string[] = [];

  /** Sends the request over this session. `closed` is called once, when the session has its place back. */
  start(session: ClientHttp2Session, closed: () => void): void {
    const { body } = this.order;
    let stream: ClientHttp2Stream;
    try {
      stream = session.request(this.headers(), { endStream: body === null });
    } catch (error) {
      // The session is going away, or the request cannot be worded.
      this.broke(error as Error);
      process.nextTick(closed);
      return;
    }
    this.stream = stream;
    this.began();
    stream.on('response', ({ ':status': status, ...headers }) => this.answered(Number(status), flat(headers)));
    // Early hints.
    stream.on('headers', () => this.progressed());
    stream.on('data', (chunk: Buffer) => this.received(chunk));
    stream.on('trailers', (trailers: IncomingHttpHeaders) => {
      this.trailers = flat(trailers);
    });
    stream.on('end', () => {
      if (stream.rstCode === constants.NGHTTP2_NO_ERROR) this.finished(this.trailers);
    });
    stream.on('error', (error) => this.broke(error));
    stream.on('close', () => {
      closed();
      if (isStream(body)) body.destroy();
      this.broke(new Error(`the stream was closed with code ${stream.rstCode}`));
    });
    if (isStream(body)) this.sendStream(stream, body);
    else {
      if (body) stream.end(body);
      this.sent();
    }
  }

  /** No session could be had. */
  fail(error: Error): void {
    this.broke(error);
  }

  protected cancel(reason: Error): void {
    cancelled(this.stream, reason);
    const { body } = this.order;
    if (isStream(body)) body.destroy();
  }

  protected pauseReading(): void {
    this.stream?.pause();
  }

  protected resumeReading(): void {
    this.stream?.resume();
  }

  private sendStream(stream: ClientHttp2Stream, body: NodeJS.ReadableStream): void {
    body.on('data', (chunk: Buffer) => {
      this.progressed();
      if (!stream.write(chunk)) body.pause();
    });
    body.on('end', () => {
      stream.end();
      this.sent();
    });
    // The client has left, or has sent more than it may.
    body.on('error', (error: Error) => {
      cancelled(stream, error);
      this.broke(error);
    });
    stream.on('drain', () => {
      this.progressed();
      body.resume();
    });
  }

  private headers(): OutgoingHttpHeaders {
    const { method, path, headers: given, address } = this.order;
    const headers: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
    Object.assign(headers, { ':method': method, ':path': path, ':scheme': address.scheme });
    for (let index = 0; index < given.length; index += 2) {
      const lower = (given[index] as string).toLowerCase();
      const name = lower === 'host' ? ':authority' : lower;
      const value = given[index + 1] as string;
      const before = headers[name];
      headers[name] = before === undefined ? value : [before, value].flat();
    }
    return headers;
  }
}

/** Closing a stream ends its request in order first; where there is more to come, its upstream could take that for all. */
function cancelled(stream: ClientHttp2Stream | undefined, reason: Error): void {
  if (stream?.writableEnded) stream.close(constants.NGHTTP2_CANCEL);
  else stream?.destroy(reason);
}

function flat(headers: IncomingHttpHeaders): string[] {
  const list: string[] = [];
  for (const [name, value = []] of Object.entries(headers)) {
    for (const one of Array.isArray(value) ? value : [value]) list.push(name, one);
  }
  return list;
}
