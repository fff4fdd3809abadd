import { type Bytes, bytes } from './units.js';

/** Up to so many pieces are kept as they came: nearly everything comes in fewer. */
const KEPT_AS_THEY_CAME = 16;
/** A piece costs some hundred bytes more than it holds; from this length on that is nothing to save. */
const LONG = 1024;
/** What short pieces are put together in. */
const PAGE = 16 * 1024;

const NOTHING = Buffer.alloc(0);

/**
 * Bytes that come in pieces and are wanted whole. A stranger decides how they are cut, and each piece is an object with a memory
 * of its own: a megabyte in chunks of one byte would take hundreds of them. So once there are many, short ones are copied
 * together; what is held is then about as much as what came.
 */
export class GatheredBytes {
  private readonly pieces: Buffer[] = [];
  private page: Buffer | undefined;
  private filled = 0;
  private total = 0;

  get length(): Bytes {
    return bytes(this.total);
  }

  add(piece: Buffer): void {
    this.total += piece.length;
    if (piece.length < LONG && this.pieces.length >= KEPT_AS_THEY_CAME) this.copy(piece);
    else {
      this.closePage();
      this.pieces.push(piece);
    }
  }

  /** All of them in one; nothing is kept any more. Of a single piece it is that piece. */
  take(): Buffer {
    this.closePage();
    const { pieces, total } = this;
    const [only = NOTHING] = pieces;
    const whole = pieces.length > 1 ? Buffer.concat(pieces, total) : only;
    this.forget();
    return whole;
  }

  forget(): void {
    this.pieces.length = 0;
    this.page = undefined;
    this.filled = 0;
    this.total = 0;
  }

  private copy(piece: Buffer): void {
    if (this.page && this.filled + piece.length > PAGE) this.closePage();
    this.page ??= Buffer.allocUnsafeSlow(PAGE);
    this.filled += piece.copy(this.page, this.filled);
  }

  private closePage(): void {
    if (!this.page) return;
    this.pieces.push(this.page.subarray(0, this.filled));
    this.page = undefined;
    this.filled = 0;
  }
}
