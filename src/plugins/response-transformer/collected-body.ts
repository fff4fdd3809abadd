import type { Bytes } from '../../entities/units.js';

const NOTHING = Buffer.alloc(0);

/** A response body held back until it is complete, or until it proves too long to be. */
export class CollectedBody {
  private chunks: Buffer[] = [];
  private length = 0;

  constructor(private readonly limit: Bytes) {}

  /** `undefined`: the chunk is kept. Otherwise the body is too long, and this is what goes on: at first all that was kept. */
  add(chunk: Buffer): Buffer | undefined {
    this.length += chunk.length;
    if (this.length <= this.limit) {
      if (chunk.length > 0) this.chunks.push(chunk);
      return undefined;
    }
    if (this.chunks.length === 0) return chunk;
    this.chunks.push(chunk);
    return this.take();
  }

  /** What was kept; nothing is kept any more. */
  take(): Buffer {
    const [only = NOTHING] = this.chunks;
    const body = this.chunks.length > 1 ? Buffer.concat(this.chunks) : only;
    this.chunks = [];
    return body;
  }
}
