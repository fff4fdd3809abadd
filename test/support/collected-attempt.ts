import { EventEmitter, once } from 'node:events';
import type { Socket } from 'node:net';
import type { AttemptSink } from '../../src/transport/attempt.js';
import type { AttemptFailure } from '../../src/transport/attempt-failure.js';

/** What an attempt brought, and when (`performance.now()`). */
export class CollectedAttempt extends EventEmitter implements AttemptSink {
  status = 0;
  headers: string[] = [];
  trailers: string[] = [];
  body = '';
  failure: AttemptFailure | undefined;
  socket: Socket | undefined;
  readonly startedAt = performance.now();
  overAt = 0;

  onHead(status: number, headers: string[]): void {
    this.status = status;
    this.headers = headers;
    this.emit('head');
  }

  onData(chunk: Buffer): void {
    this.body += chunk.toString('latin1');
    this.emit('data');
  }

  onEnd(trailers: string[]): void {
    this.trailers = trailers;
    this.end();
  }

  onFailure(failure: AttemptFailure): void {
    this.failure = failure;
    this.end();
  }

  onUpgrade(headers: string[], socket: Socket): void {
    this.headers = headers;
    this.socket = socket;
    this.end();
  }

  get took(): number {
    return this.overAt - this.startedAt;
  }

  async until(moment: 'head' | 'data' | 'over'): Promise<this> {
    if (this.overAt === 0) await once(this, moment);
    return this;
  }

  private end(): void {
    this.overAt = performance.now();
    this.emit('over');
  }
}
