import { close, constants, open, write } from 'node:fs';
import { promisify } from 'node:util';
import { type Bytes, bytes } from '../../entities/units.js';

const openFile = promisify(open);
const closeFile = promisify(close);

/** What waits for a slow disk at most; lines beyond it are lost. Some eight thousand lines of 4 KB. */
const MOST_WAITING = bytes(32 * 1024 * 1024);
/** What one write carries at most: enough to make the calls few, little enough to make a disk's stall short. */
const LARGEST_WRITE = bytes(1024 * 1024);
/**
 * Under load lines are gathered for so long: a call into the system per few lines costs more than making them. A line that
 * comes when nothing was written for as long is written at once.
 */
const GATHER_MS = 5;
/** How soon a pipe that takes nothing more is tried again. */
const PIPE_PAUSE_MS = 10;

/**
 * Opened as such they would be new files, and sockets cannot be opened at all, which is what a supervisor often gives a
 * process as its output.
 */
const STANDARD_STREAMS = new Map([
  ['/dev/stdout', 1],
  ['/dev/fd/1', 1],
  ['/proc/self/fd/1', 1],
  ['/dev/stderr', 2],
  ['/dev/fd/2', 2],
  ['/proc/self/fd/2', 2],
]);

/** What a writer tells its owner. */
export interface LineWriterEvents {
  /** So many lines are lost. */
  lost(lines: number): void;
  /** The file cannot be opened or written. Said once per cause, until lines get through again. */
  trouble(doing: 'open' | 'write', error: NodeJS.ErrnoException): void;
}

/**
 * Appends lines to a file, in order, off the request's path. Lines that arrive while a write is under way are joined into
 * the next one. Every write starts at the beginning of a line and ends at the end of one, on a file opened for appending,
 * so that several processes can share the file. The file is opened with the first line and kept open.
 */
export class LineWriter {
  private readonly waiting: string[] = [];
  private waitingSize = 0;
  private file: number | undefined;
  private mustReopen = false;
  /** A write broke off inside a line: the next one ends that line first. */
  private torn = false;
  private lastTrouble: string | undefined;
  private flushing: Promise<void> | undefined;
  private lastWrite = Number.NEGATIVE_INFINITY;

  constructor(
    readonly path: string,
    private readonly events: LineWriterEvents,
    private readonly mostWaiting: Bytes = MOST_WAITING,
  ) {}

  /** Takes a line, which ends with `\n`. Never waits and never throws. */
  write(line: string): void {
    if (this.waitingSize + line.length > this.mostWaiting) {
      this.events.lost(1);
      return;
    }
    this.waiting.push(line);
    this.waitingSize += line.length;
    this.flushing ??= this.flush();
  }

  /** Opens the path anew before the next write: for files that were moved away. */
  reopen(): void {
    this.mustReopen = true;
  }

  /** Settles when every line taken so far is written or lost. */
  async flushed(): Promise<void> {
    while (this.flushing) await this.flushing;
  }

  /** Writes what waits and closes the file. */
  async close(): Promise<void> {
    await this.flushed();
    await this.closeFile();
  }

  private async flush(): Promise<void> {
    while (this.waiting.length > 0) {
      if (this.waitingSize < LARGEST_WRITE) await this.gathering();
      await this.writeNext();
      this.lastWrite = performance.now();
    }
    this.flushing = undefined;
  }

  private gathering(): Promise<void> {
    const wait = GATHER_MS - (performance.now() - this.lastWrite);
    return new Promise((resolve) => {
      // At least to the end of this turn of the loop: requests that end in it share a write.
      if (wait > 0) setTimeout(resolve, wait);
      else setImmediate(resolve);
    });
  }

  private async writeNext(): Promise<void> {
    const file = await this.openIfNeeded();
    const { text, lines } = this.takeNext();
    if (file === undefined) {
      this.events.lost(lines);
      return;
    }
    const error = await this.writeWhole(file, Buffer.from(this.torn ? `\n${text}` : text));
    if (error) {
      this.events.lost(lines);
      this.report('write', error);
    } else this.lastTrouble = undefined;
  }

  private takeNext(): { text: string; lines: number } {
    let size = 0;
    let lines = 0;
    while (
      lines < this.waiting.length &&
      (lines === 0 || size + (this.waiting[lines] as string).length <= LARGEST_WRITE)
    ) {
      size += (this.waiting[lines] as string).length;
      lines++;
    }
    this.waitingSize -= size;
    return { text: this.waiting.splice(0, lines).join(''), lines };
  }

  /** One call as a rule; a full disk and pipes take less than they are given. */
  private async writeWhole(file: number, chunk: Buffer): Promise<NodeJS.ErrnoException | undefined> {
    let offset = 0;
    while (offset < chunk.length) {
      const { error, written } = await writeOnce(file, chunk, offset);
      offset += written;
      if (error?.code === 'EAGAIN') await new Promise((resolve) => setTimeout(resolve, PIPE_PAUSE_MS));
      else if (error) {
        if (offset > 0) this.torn = true;
        return error;
      }
    }
    this.torn = false;
    return undefined;
  }

  private async openIfNeeded(): Promise<number | undefined> {
    const standard = STANDARD_STREAMS.get(this.path);
    if (standard !== undefined) return standard;
    if (this.mustReopen) await this.closeFile();
    this.mustReopen = false;
    if (this.file !== undefined) return this.file;
    try {
      this.file = await openFile(this.path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND, 0o644);
    } catch (error) {
      this.report('open', error as NodeJS.ErrnoException);
    }
    return this.file;
  }

  private async closeFile(): Promise<void> {
    const { file } = this;
    this.file = undefined;
    if (file !== undefined) await closeFile(file).catch((error: NodeJS.ErrnoException) => this.report('write', error));
  }

  private report(doing: 'open' | 'write', error: NodeJS.ErrnoException): void {
    const cause = `${doing} ${error.code}`;
    if (cause === this.lastTrouble) return;
    this.lastTrouble = cause;
    this.events.trouble(doing, error);
  }
}

function writeOnce(
  file: number,
  chunk: Buffer,
  offset: number,
): Promise<{ error: NodeJS.ErrnoException | null; written: number }> {
  return new Promise((resolve) => {
    write(file, chunk, offset, chunk.length - offset, null, (error, written) =>
      resolve({ error, written: written ?? 0 }),
    );
  });
}
