import type { Transform } from 'node:stream';
import { constants, createBrotliDecompress, createUnzip, createZstdDecompress } from 'node:zlib';

interface InflaterSink {
  onData(chunk: Buffer): void;
  onEnd(): void;
  onError(error: Error): void;
}

/**
 * Undoes a response's content coding piece by piece: what the upstream flushed comes out at once, however its compressed
 * bytes are cut.
 */
export class BodyInflater {
  private isEmpty = true;

  private constructor(
    private readonly transform: Transform,
    private readonly sink: InflaterSink,
  ) {
    transform.on('data', (chunk: Buffer) => sink.onData(chunk));
    transform.on('end', () => sink.onEnd());
    transform.on('error', (error: Error) => sink.onError(error));
  }

  /** `undefined` for `identity` and codings nobody offered. */
  static for(coding: string, sink: InflaterSink): BodyInflater | undefined {
    const transform = transformFor(coding.trim().toLowerCase());
    return transform && new BodyInflater(transform, sink);
  }

  /** Answers false when it has enough to do for now. */
  write(chunk: Buffer): boolean {
    this.isEmpty = false;
    return this.transform.write(chunk);
  }

  onDrain(listener: () => void): void {
    this.transform.on('drain', listener);
  }

  /** The client takes no more for now: what is inside stays there, coded. A few kilobytes can stand for gigabytes. */
  pause(): void {
    this.transform.pause();
  }

  resume(): void {
    this.transform.resume();
  }

  end(): void {
    // No body has no coding, whatever its head says (a 304 repeats what a 200 would have said); zlib misses its beginning.
    if (this.isEmpty) this.sink.onEnd();
    else this.transform.end();
  }

  destroy(): void {
    this.transform.destroy();
  }
}

function transformFor(coding: string): Transform | undefined {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
    case 'deflate':
      return createUnzip({ flush: constants.Z_SYNC_FLUSH });
    case 'br':
      return createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH });
    case 'zstd':
      return createZstdDecompress();
    default:
      return undefined;
  }
}
