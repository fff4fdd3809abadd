import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Attempt, AttemptOrder, AttemptSink } from './attempt.js';
import { AttemptFailure } from './attempt-failure.js';
import { SilenceTimer, type Waiting } from './silence-timer.js';

/** Where an attempt's connection comes from and goes back to. */
export interface ConnectionUse {
  /** The attempt no longer needs its connection. Called once. */
  ended(): void;
}

/** An attempt by undici: its handler, and the handle by which the proxy slows or ends it. */
export class HttpAttempt implements Attempt, Dispatcher.DispatchHandler, Waiting {
  private controller: Dispatcher.DispatchController | undefined;
  /** `connecting` has a time-out of its own; each other state is left by the upstream's doing, or ended by its silence. */
  private state: 'connecting' | 'sending' | 'waiting' | 'receiving' | 'over' = 'connecting';
  private paused = false;
  private readonly silence = new SilenceTimer(this);

  constructor(
    private readonly order: AttemptOrder,
    private readonly sink: AttemptSink,
    private readonly connection: ConnectionUse,
  ) {}

  pause(): void {
    this.paused = true;
    this.controller?.pause();
  }

  resume(): void {
    this.paused = false;
    this.silence.touch();
    this.controller?.resume();
  }

  abort(reason: Error): void {
    if (this.end()) this.controller?.abort(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.state === 'over') {
      // Aborted while it waited for its connection: nothing has been written yet.
      controller.abort(new Error('aborted before it was sent'));
      return;
    }
    this.state = 'sending';
    // Anything but a stream is on its way before this could matter.
    if (isStream(this.order.body)) this.silence.start(this.order.timeouts.write);
  }

  onBodySent(): void {
    this.silence.touch();
  }

  onRequestSent(): void {
    // An upstream may answer before it has read everything.
    if (this.state !== 'sending') return;
    this.state = 'waiting';
    this.silence.start(this.order.timeouts.head);
  }

  onResponseStart(controller: Dispatcher.DispatchController, statusCode: number): void {
    if (this.state === 'over') return;
    // 103 Early Hints are between us and the upstream.
    if (statusCode < 200) {
      this.silence.touch();
      return;
    }
    this.state = 'receiving';
    this.silence.start(this.order.timeouts.idle);
    this.sink.onHead(statusCode, textOf(controller.rawHeaders));
  }

  onRequestUpgrade(
    controller: Dispatcher.DispatchController,
    _statusCode: number,
    _headers: unknown,
    socket: Duplex,
  ): void {
    if (this.end()) this.sink.onUpgrade(textOf(controller.rawHeaders), socket as Socket);
    else socket.destroy();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.state === 'over') return;
    this.silence.touch();
    this.sink.onData(chunk);
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (this.end()) this.sink.onEnd(textOf(controller.rawTrailers));
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
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
    // undici pauses the body while the socket takes no more.
    if (this.state === 'sending') return isStream(body) && !body.isPaused();
    return this.state === 'receiving' && this.paused;
  }

  /** `false`: it was over before. */
  private end(): boolean {
    if (this.state === 'over') return false;
    this.state = 'over';
    this.silence.stop();
    this.connection.ended();
    return true;
  }
}

const tellFailure = (sink: AttemptSink, failure: AttemptFailure): void => sink.onFailure(failure);

const isStream = (body: AttemptOrder['body']): body is Exclude<AttemptOrder['body'], Buffer | null> =>
  body !== null && !Buffer.isBuffer(body);

/** Header bytes are Latin-1 (RFC 9110, 5.5); what arrives must leave unchanged. HTTP/2 gives an object, HTTP/1.1 a flat list. */
function textOf(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  const list: string[] = [];
  if (Array.isArray(raw)) for (const part of raw) list.push(typeof part === 'string' ? part : part.toString('latin1'));
  else {
    for (const [name, value = []] of Object.entries(raw ?? {})) {
      for (const one of Array.isArray(value) ? value : [value]) list.push(name, one);
    }
  }
  return list;
}
