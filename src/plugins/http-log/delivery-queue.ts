import { setTimeout as pause } from 'node:timers/promises';
import type { Bytes, Milliseconds } from '../../entities/units.js';

/**
 * What a queue holds at most, in characters, whatever its limits say: `max_entries` alone lets ten thousand lines with the
 * megabytes of an AI plugin's payload wait. Some thirty thousand lines of 4 KB.
 */
const MOST_HELD = 128 * 1024 ** 2;

/** How lines wait, are batched and tried again. */
export interface QueueLimits {
  readonly maxBatchSize: number;
  /** How long a line may wait for others. */
  readonly coalescingDelay: Milliseconds;
  readonly maxEntries: number;
  /** `undefined`: any number. */
  readonly maxBytes: Bytes | undefined;
  /** Since the first try of a batch; negative: no second try. */
  readonly maxRetryTime: Milliseconds;
  readonly initialRetryDelay: Milliseconds;
  readonly maxRetryDelay: Milliseconds;
  /** Batches under way at a time. */
  readonly concurrency: number;
}

/** Sends a batch; answers with what went wrong, or nothing. Never rejects. */
export type Delivery = (batch: readonly string[]) => Promise<string | undefined>;

/** What a queue tells its owner. */
export interface QueueEvents {
  /** So many lines are lost. */
  lost(lines: number): void;
  /** Why. Said once per cause, until a batch gets through again. */
  trouble(message: string): void;
}

/**
 * Lines on their way to somebody who may be slow or away: batched, tried again with growing pauses, bounded in number and
 * size. The oldest line makes room for the newest (Kong: kong/tools/queue.lua).
 */
export class DeliveryQueue {
  private readonly waiting: string[] = [];
  private waitingBytes = 0;
  /** Characters of what waits and of what is under way. */
  private held = 0;
  private underWay = 0;
  private coalescing: NodeJS.Timeout | undefined;
  private readonly reported = new Set<string>();
  private readonly closing = new AbortController();
  private idle: (() => void) | undefined;

  constructor(
    private readonly limits: QueueLimits,
    private readonly deliver: Delivery,
    private readonly events: QueueEvents,
    private readonly mostHeld = MOST_HELD,
  ) {}

  add(line: string): void {
    const { maxEntries, maxBytes } = this.limits;
    const size = this.sizeOf(line);
    if (maxBytes !== undefined && size > maxBytes) {
      this.lose(1, `a line alone is longer than max_bytes (${maxBytes})`);
      return;
    }
    while (this.held + line.length > this.mostHeld && this.waiting.length > 0) this.loseOldest(this.heldTooMuch);
    if (this.held + line.length > this.mostHeld) {
      this.lose(1, this.heldTooMuch);
      return;
    }
    this.waiting.push(line);
    this.held += line.length;
    this.waitingBytes += size;
    while (this.waiting.length > maxEntries) this.loseOldest(`max_entries (${maxEntries}) reached`);
    while (maxBytes !== undefined && this.waitingBytes > maxBytes) this.loseOldest(`max_bytes (${maxBytes}) reached`);
    this.schedule();
  }

  /** Sends what waits at once and without pauses; what has not got through by then is lost. Nothing may be added after it. */
  async close(patience: Milliseconds): Promise<void> {
    this.closing.abort();
    const done = new Promise<void>((resolve) => {
      this.idle = resolve;
    });
    this.schedule();
    await Promise.race([done, pause(patience, undefined, { ref: false })]);
    if (this.waiting.length > 0) this.lose(this.waiting.splice(0).length, 'the gateway has ended');
  }

  private schedule(): void {
    const { maxBatchSize, coalescingDelay, concurrency } = this.limits;
    while (this.underWay < concurrency && this.waiting.length > 0) {
      if (this.waiting.length < maxBatchSize && !this.closing.signal.aborted) {
        this.coalescing ??= setTimeout(() => this.start(), coalescingDelay);
        return;
      }
      this.start();
    }
    if (this.underWay === 0 && this.waiting.length === 0) this.idle?.();
  }

  private start(): void {
    clearTimeout(this.coalescing);
    this.coalescing = undefined;
    const batch = this.waiting.splice(0, this.limits.maxBatchSize);
    for (const line of batch) this.waitingBytes -= this.sizeOf(line);
    if (batch.length === 0) return;
    this.underWay++;
    void this.deliverInTheEnd(batch).then(() => {
      this.underWay--;
      for (const line of batch) this.held -= line.length;
      this.schedule();
    });
  }

  private async deliverInTheEnd(batch: readonly string[]): Promise<void> {
    const { maxRetryTime, initialRetryDelay, maxRetryDelay } = this.limits;
    const begun = performance.now();
    for (let delay = initialRetryDelay; ; delay = Math.min(delay * 2, maxRetryDelay)) {
      const fault = await this.deliver(batch);
      if (fault === undefined) {
        this.reported.clear();
        return;
      }
      if (this.closing.signal.aborted || performance.now() - begun > maxRetryTime) {
        this.lose(batch.length, `given up: ${fault}`);
        return;
      }
      this.report(fault);
      // Cut short when the gateway ends: the next try is then the last.
      await pause(delay, undefined, { signal: this.closing.signal }).catch(() => undefined);
    }
  }

  /** Counted only where it matters. */
  private sizeOf(line: string): Bytes {
    return this.limits.maxBytes === undefined ? 0 : Buffer.byteLength(line);
  }

  private get heldTooMuch(): string {
    return `${this.mostHeld} characters wait or are under way, which is the most that is held`;
  }

  private loseOldest(why: string): void {
    const line = this.waiting.shift() as string;
    this.waitingBytes -= this.sizeOf(line);
    this.held -= line.length;
    this.lose(1, why);
  }

  private lose(lines: number, why: string): void {
    this.events.lost(lines);
    this.report(`lines are lost, ${why}`);
  }

  private report(message: string): void {
    if (this.reported.has(message)) return;
    this.reported.add(message);
    this.events.trouble(message);
  }
}
