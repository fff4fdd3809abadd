import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import { WatchedAttempt } from './watched-attempt.js';

/** An attempt over HTTP/1.1: what undici tells of it. */
export class Http1Attempt extends WatchedAttempt implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | undefined;

  protected cancel(reason: Error): void {
    this.controller?.abort(reason);
  }

  protected pauseReading(): void {
    this.controller?.pause();
  }

  protected resumeReading(): void {
    this.controller?.resume();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    // Aborted while it waited for its connection: nothing has been written yet.
    if (this.isOver) controller.abort(new Error('aborted before it was sent'));
    else this.began();
  }

  onBodySent(): void {
    this.progressed();
  }

  onRequestSent(): void {
    this.sent();
  }

  onResponseStart(controller: Dispatcher.DispatchController, statusCode: number): void {
    // 103 Early Hints are between us and the upstream.
    if (statusCode < 200) this.progressed();
    else this.answered(statusCode, textOf(controller.rawHeaders));
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
    this.received(chunk);
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    this.finished(textOf(controller.rawTrailers));
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.broke(error);
  }
}

/** Header bytes are Latin-1 (RFC 9110, 5.5); what arrives must leave unchanged. */
function textOf(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  if (!Array.isArray(raw)) return [];
  const list: string[] = [];
  for (const part of raw) list.push(typeof part === 'string' ? part : part.toString('latin1'));
  return list;
}
