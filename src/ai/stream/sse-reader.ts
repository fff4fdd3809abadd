import { GatheredBytes } from '../../entities/gathered-bytes.js';
import { type Bytes, bytes } from '../../entities/units.js';

/** Who reads a stream: asked about each event as it begins, told about each as it ends. */
export interface SseListener {
  /**
   * Whether the data of the event that begins is wanted. `name` comes from the `event:` line, or else from a `"type"` that
   * opens the JSON of the first `data:` line; `''` when neither tells.
   */
  wants(name: string): boolean;
  /**
   * An event is complete. `data` is there only if it was wanted; several `data:` lines are joined with a line feed. It may be
   * a view of the chunk: to be read now, not kept. `end`: where the event ends in the chunk pushed last, its blank line
   * included.
   */
  event(name: string, data: Buffer | undefined, end: number): void;
  /** A blank line that ends no event, only comments: a sign of life. For those who pass a stream on event by event. */
  gap?(end: number): void;
}

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const BOM = [0xef, 0xbb, 0xbf];
const NOTHING = Buffer.alloc(0);
const LINE_FEED = Buffer.from('\n');
const EVENT = Buffer.from('event');
const DATA = Buffer.from('data');
const TYPE = /^\s*\{\s*"type"\s*:\s*"([^"\\]*)"/;
/** A `{"type":"…"` that names an event fits into this many bytes. */
const TYPE_REACH = 128;

/** More than any event seen: a finished answer with its images and echoed tools stays below. */
const MAX_EVENT = bytes(16 * 1024 * 1024);

/** About what remembering one line takes beside its bytes. */
const LINE_COST = 128;

/** What the line under way is known to be. */
type Line = 'undecided' | 'event' | 'data' | 'ignored';

/**
 * Server-sent events out of raw chunks, which may end anywhere, even inside a character (WHATWG HTML, 9.2: LF, CRLF and CR,
 * a byte order mark, comments, several data lines; and, beyond it, a last event without its blank line). It looks for line
 * ends and field names and leaves all else alone: data nobody wants is neither kept nor decoded, and wanted data is copied
 * only when it is spread over chunks.
 *
 * An event above the limit ends the reading, not the stream: `overflowed` is then true and later events are not told.
 */
export class SseReader {
  /** Whether an event was too large, so that what follows was not read. */
  overflowed = false;

  private line: Line = 'undecided';
  /** Pieces of the line under way from earlier chunks, as far as they are needed. */
  private readonly pieces = new GatheredBytes();
  private dataBytes = 0;
  private name = '';
  private named = false;
  /** Whether this event's data is wanted; `undefined`: not asked yet. */
  private wanted: boolean | undefined;
  private readonly data: Buffer[] = [];
  private hasData = false;
  /** The last chunk ended with CR: an LF that opens the next one belongs to it. */
  private afterCr = false;
  private bomBytes = 0;

  constructor(
    private readonly listener: SseListener,
    private readonly maxEvent: Bytes = MAX_EVENT,
  ) {}

  push(chunk: Buffer): void {
    if (this.overflowed) return;
    let at = this.bomBytes < BOM.length ? this.afterBom(chunk) : 0;
    if (this.afterCr && at < chunk.length) {
      this.afterCr = false;
      if (chunk[at] === LF) at++;
    }
    let lf = chunk.indexOf(LF, at);
    let cr = chunk.indexOf(CR, at);
    for (;;) {
      // Looked up again only once passed: a chunk without any CR is searched for one just once.
      if (lf >= 0 && lf < at) lf = chunk.indexOf(LF, at);
      if (cr >= 0 && cr < at) cr = chunk.indexOf(CR, at);
      const end = cr >= 0 && (lf < 0 || cr < lf) ? cr : lf;
      if (end < 0) break;
      let next = end + 1;
      if (end === cr) {
        if (lf === next) next++;
        else if (next === chunk.length) this.afterCr = true;
      }
      this.endLine(chunk, at, end, next);
      at = next;
      if (this.overflowed) return;
    }
    if (at < chunk.length) this.keepLine(chunk.subarray(at));
  }

  /** The stream is over. An event without its blank line is told all the same: upstreams leave it out. */
  end(): void {
    if (this.overflowed) return;
    if (this.line !== 'undecided' || this.pieces.length > 0) this.endLine(NOTHING, 0, 0, 0);
    this.endEvent(0);
  }

  private afterBom(chunk: Buffer): number {
    let at = 0;
    while (at < chunk.length && this.bomBytes < BOM.length && chunk[at] === BOM[this.bomBytes]) {
      at++;
      this.bomBytes++;
    }
    if (at < chunk.length) this.bomBytes = BOM.length;
    return at;
  }

  /** A line goes on into the next chunk. */
  private keepLine(more: Buffer): void {
    let piece = more;
    if (this.line === 'undecided') {
      piece = this.after(more);
      this.decide(piece);
    }
    if (this.line === 'ignored' || (this.line === 'data' && this.wanted === false)) {
      this.pieces.forget();
      return;
    }
    this.pieces.add(piece);
    this.checkSize();
  }

  /** What was kept of the line under way and what follows, in one; nothing of it is kept any more. */
  private after(more: Buffer): Buffer {
    if (this.pieces.length === 0) return more;
    this.pieces.add(more);
    return this.pieces.take();
  }

  /** Says what an unfinished line is as soon as its beginning tells, so that what nobody needs is not kept. */
  private decide(start: Buffer): void {
    const colon = start.subarray(0, EVENT.length + 1).indexOf(COLON);
    if (colon < 0) {
      if (start.length > EVENT.length) this.line = 'ignored';
      return;
    }
    if (isField(start, 0, colon, EVENT)) this.line = 'event';
    else if (!isField(start, 0, colon, DATA)) this.line = 'ignored';
    else if (this.wanted !== undefined || this.named || start.length >= TYPE_REACH) {
      this.line = 'data';
      this.ask(start, afterColon(start, colon, start.length), start.length);
    }
  }

  /** A line is complete: `chunk` from `start` to `end`, after the pieces kept of it. The next one begins at `next`. */
  private endLine(chunk: Buffer, start: number, end: number, next: number): void {
    let line = chunk;
    let from = start;
    let to = end;
    const known = this.line;
    this.line = 'undecided';
    if (this.pieces.length > 0) {
      line = this.after(chunk.subarray(start, end));
      from = 0;
      to = line.length;
    } else if (known === 'ignored' || known === 'data') {
      // Nothing was kept of it, so nothing is wanted of it; but there was data.
      if (known === 'data') this.hasData = true;
      return;
    }
    if (from === to) {
      this.endEvent(next);
      return;
    }
    const colon = line.indexOf(COLON, from);
    const nameEnd = colon < 0 || colon > to ? to : colon;
    if (isField(line, from, nameEnd, DATA)) this.dataLine(line, afterColon(line, nameEnd, to), to);
    else if (isField(line, from, nameEnd, EVENT)) this.eventLine(line, afterColon(line, nameEnd, to), to);
  }

  private eventLine(line: Buffer, start: number, end: number): void {
    this.name = line.toString('utf8', start, end);
    this.named = true;
  }

  private dataLine(line: Buffer, start: number, end: number): void {
    this.hasData = true;
    if (!this.ask(line, start, end)) return;
    if (this.data.length > 0) this.data.push(LINE_FEED);
    this.data.push(line.subarray(start, end));
    // Each line is an object of its own, so that empty ones are not free.
    this.dataBytes += end - start + LINE_COST;
    this.checkSize();
  }

  private ask(line: Buffer, start: number, end: number): boolean {
    if (this.wanted === undefined) {
      if (!this.named)
        this.name = TYPE.exec(line.toString('latin1', start, Math.min(end, start + TYPE_REACH)))?.[1] ?? '';
      this.wanted = this.listener.wants(this.name);
    }
    return this.wanted;
  }

  private endEvent(next: number): void {
    if (this.hasData) this.listener.event(this.name, this.wanted === true ? joined(this.data) : undefined, next);
    else this.listener.gap?.(next);
    this.name = '';
    this.named = false;
    this.wanted = undefined;
    this.data.length = 0;
    this.dataBytes = 0;
    this.hasData = false;
  }

  private checkSize(): void {
    if (this.pieces.length + this.dataBytes <= this.maxEvent) return;
    this.overflowed = true;
    this.pieces.forget();
    this.data.length = 0;
  }
}

const joined = (parts: readonly Buffer[]): Buffer => (parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts));

function isField(line: Buffer, start: number, end: number, field: Buffer): boolean {
  if (end - start !== field.length) return false;
  for (let index = 0; index < field.length; index++) {
    if (line[start + index] !== field[index]) return false;
  }
  return true;
}

/** Where a field's value begins: after the colon and one space. */
function afterColon(line: Buffer, colon: number, end: number): number {
  const start = Math.min(colon + 1, end);
  return start < end && line[start] === SPACE ? start + 1 : start;
}
