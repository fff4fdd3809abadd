import { Readable } from 'node:stream';
import { GatheredBytes } from '../entities/gathered-bytes.js';
import type { ProxiedRequest } from '../pdk/proxied-request.js';

/**
 * What of a body is held in memory, so that another attempt can send it again; a turn of a coding agent fits. nginx, which
 * Kong is built on, puts more than 8 KiB on disk. Here a larger body goes upstream as it arrives.
 */
const HELD = 1024 * 1024;

/** The client's body as the attempts of a plan send it: the same bytes each time, or a stream that can be begun once. */
export class ClientBody {
  private held: Buffer | null | undefined;
  private source: Readable | undefined;
  private stream: ClientBodyStream | undefined;
  private length: number | undefined;

  constructor(
    private readonly request: ProxiedRequest,
    /** Whether it is passed on as it arrives, whatever its Route says. */
    private readonly unbuffered: boolean,
  ) {}

  /** Waits for the whole body where `request_buffering` asks for it and memory allows. No promise: nothing to wait for. */
  ready(): void | Promise<void> {
    const { body, route } = this.request;
    const { announced, bytes } = body;
    if (bytes !== undefined || announced === 'none') {
      this.held = bytes !== undefined && bytes.length > 0 ? bytes : null;
      return;
    }
    this.length = announced === 'chunked' ? undefined : announced;
    this.source = body.stream();
    // A client that leaves while nobody reads its body is told to the exchange; it is no error of the process.
    this.source.on('error', ignore);
    const streamed = this.unbuffered || route?.request_buffering === false;
    if (streamed || (this.length !== undefined && this.length > HELD)) return;
    return wholeUpTo(HELD, this.source).then((whole) => {
      this.held = whole;
    });
  }

  /** For the next attempt. */
  next(): Buffer | Readable | null {
    if (this.held !== undefined) return this.held;
    this.stream = new ClientBodyStream(this.source as Readable);
    return this.stream;
  }

  /** Whether a further attempt can send the same again. */
  get isRepeatable(): boolean {
    return this.stream?.isBegun !== true;
  }

  /** The length a stream was announced with, for the upstream's framing. */
  get announcedLength(): number | undefined {
    return this.held === undefined ? this.length : undefined;
  }
}

const ignore = () => {};

/** The whole body; `undefined` when it is longer or broken, and then what was read of it is back in its source. */
function wholeUpTo(limit: number, source: Readable): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const read = new GatheredBytes();
    const finish = (whole: Buffer | undefined) => {
      source.off('data', onData).off('end', onEnd).off('error', onError);
      resolve(whole);
    };
    const onData = (chunk: Buffer) => {
      read.add(chunk);
      if (read.length <= limit) return;
      source.pause();
      source.unshift(read.take());
      finish(undefined);
    };
    const onEnd = () => finish(read.take());
    const onError = () => finish(undefined);
    source.on('data', onData).on('end', onEnd).on('error', onError);
  });
}

/**
 * The client's body, passed on as it arrives and at the upstream's pace. A stream of its own rather than the request itself:
 * whoever sends it destroys it when the attempt fails, and destroying the request would close the client's connection
 * before it has an answer.
 */
class ClientBodyStream extends Readable {
  private begun = false;
  private readonly onData = (chunk: Buffer) => {
    if (!this.push(chunk)) this.source.pause();
  };
  private readonly onEnd = () => {
    this.push(null);
  };
  private readonly onError = (error: Error) => {
    this.destroy(error);
  };

  constructor(private readonly source: Readable) {
    super();
  }

  /** Whether bytes have been taken from the client, which nobody can send again. */
  get isBegun(): boolean {
    return this.begun;
  }

  override _read(): void {
    const { source } = this;
    if (source.errored) {
      this.destroy(source.errored);
      return;
    }
    if (!this.begun) {
      this.begun = true;
      source.on('data', this.onData).on('end', this.onEnd).on('error', this.onError);
    }
    source.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.source.off('data', this.onData).off('end', this.onEnd).off('error', this.onError);
    this.source.pause();
    callback(error);
  }
}
