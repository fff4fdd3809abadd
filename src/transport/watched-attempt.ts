import type { Readable } from 'node:stream';
import type { Attempt, AttemptOrder, AttemptSink } from './attempt.js';
import { AttemptFailure } from './attempt-failure.js';
import { SilenceTimer, type Waiting } from './silence-timer.js';

/** Where an attempt's connection comes from and goes back to. */
export interface ConnectionUse {
  /** The attempt no longer needs its connection. Called once. */
  ended(): void;
}

/**
 * An attempt as whoever ordered it sees it, whatever it is sent with: each of its states is left by the upstream's doing, or
 * ended by its silence, and its end is told once. A subclass says what happens on the wire.
 */
export abstract class WatchedAttempt implements Attempt, Waiting {
  /** `connecting` has a time-out of its own. */
  private state: 'connecting' | 'sending' | 'waiting' | 'receiving' | 'over' = 'connecting';
  private paused = false;
  private readonly silence = new SilenceTimer(this);

  constructor(
    protected readonly order: AttemptOrder,
    protected readonly sink: AttemptSink,
    private readonly connection?: ConnectionUse,
  ) {}

  /** Ends what happens on the wire. Nothing that comes of it is told. */
  protected abstract cancel(reason: Error): void;
  protected abstract pauseReading(): void;
  protected abstract resumeReading(): void;

  pause(): void {
    this.paused = true;
    this.pauseReading();
  }

  resume(): void {
    this.paused = false;
    this.silence.touch();
    this.resumeReading();
  }

  abort(reason: Error): void {
    if (this.end()) this.cancel(reason);
  }

  get isOver(): boolean {
    return this.state === 'over';
  }

  /** It has its connection, and the request is being written. */
  protected began(): void {
    this.state = 'sending';
    // Anything but a stream is on its way before this could matter.
    if (isStream(this.order.body)) this.silence.start(this.order.timeouts.write);
  }

  /** The upstream has done something, if only read. */
  protected progressed(): void {
    this.silence.touch();
  }

  protected sent(): void {
    // An upstream may answer before it has read everything.
    if (this.state !== 'sending') return;
    this.state = 'waiting';
    this.silence.start(this.order.timeouts.head);
  }

  protected answered(status: number, headers: string[]): void {
    if (this.state === 'over') return;
    this.state = 'receiving';
    this.silence.start(this.order.timeouts.idle);
    this.sink.onHead(status, headers);
  }

  protected received(chunk: Buffer): void {
    if (this.state === 'over') return;
    this.silence.touch();
    this.sink.onData(chunk);
  }

  protected finished(trailers: string[]): void {
    if (this.end()) this.sink.onEnd(trailers);
  }

  protected broke(error: Error): void {
    const sent = this.state !== 'connecting';
    if (!this.end()) return;
    const failure = AttemptFailure.from(error, sent);
    // What cannot even be worded fails within `send`, whose caller does not have the attempt yet.
    if (sent) this.sink.onFailure(failure);
    else process.nextTick(tellFailure, this.sink, failure);
  }

  fellSilent(): boolean {
    if (this.isHeldUpByUs()) return true;
    const failure = AttemptFailure.silence(this.state === 'sending' ? 'WRITE_TIMEOUT' : 'READ_TIMEOUT');
    this.abort(failure);
    this.sink.onFailure(failure);
    return false;
  }

  /** Whether it is the client that neither sends its body nor takes the response. */
  private isHeldUpByUs(): boolean {
    const { body } = this.order;
    // Whoever writes it pauses the body while the connection takes no more.
    if (this.state === 'sending') return isStream(body) && !body.isPaused();
    return this.state === 'receiving' && this.paused;
  }

  /** `false`: it was over before. */
  protected end(): boolean {
    if (this.state === 'over') return false;
    this.state = 'over';
    this.silence.stop();
    this.connection?.ended();
    return true;
  }
}

const tellFailure = (sink: AttemptSink, failure: AttemptFailure): void => sink.onFailure(failure);

export const isStream = (body: AttemptOrder['body']): body is Readable => body !== null && !Buffer.isBuffer(body);
