import { GatheredBytes } from '../../entities/gathered-bytes.js';
import type { Bytes } from '../../entities/units.js';

/** A response body held back until it is complete, or until it proves too long to be. */
export class CollectedBody {
  private readonly kept = new GatheredBytes();
  private length = 0;

  constructor(private readonly limit: Bytes) {}

  /** `undefined`: the chunk is kept. Otherwise the body is too long, and this is what goes on: at first all that was kept. */
  add(chunk: Buffer): Buffer | undefined {
    this.length += chunk.length;
    if (this.length > this.limit && this.kept.length === 0) return chunk;
    if (chunk.length > 0) this.kept.add(chunk);
    return this.length > this.limit ? this.take() : undefined;
  }

  /** What was kept; nothing is kept any more. */
  take(): Buffer {
    return this.kept.take();
  }
}
