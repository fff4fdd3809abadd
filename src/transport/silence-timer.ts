import { type Milliseconds, milliseconds } from '../entities/units.js';

/** Who waits for something to happen. */
export interface Waiting {
  /** Nothing happened for the whole limit. `true`: wait for as long again. */
  fellSilent(): boolean;
}

/**
 * Tells when nothing has happened for a time, to the millisecond. One timer however much happens: an event only leaves the
 * time at which it came, and the timer, when it fires, sleeps for what is then left.
 */
export class SilenceTimer {
  private timer: NodeJS.Timeout | undefined;
  private limit = milliseconds(0);
  private since = 0;
  /** When the timer fires. */
  private due = 0;

  constructor(private readonly waiting: Waiting) {}

  /** From now on it may be silent for so long. */
  start(limit: Milliseconds): void {
    this.since = performance.now();
    this.limit = limit;
    // One that fires before then finds that it came too early, and sleeps on.
    if (this.timer && this.due <= this.since + limit) return;
    clearTimeout(this.timer);
    this.sleep(limit);
  }

  /** Something happened. */
  touch(): void {
    this.since = performance.now();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** The timer has fired: at the end of the silence, or of what was a silence when it was set. */
  look(): void {
    this.timer = undefined;
    const left = this.since + this.limit - performance.now();
    // The system's timers count whole milliseconds and may be a fraction of one early.
    if (left >= 1) this.sleep(left);
    else if (this.waiting.fellSilent()) this.start(this.limit);
  }

  private sleep(duration: number): void {
    this.due = performance.now() + duration;
    this.timer = setTimeout(check, duration, this);
  }
}

const check = (timer: SilenceTimer): void => timer.look();
