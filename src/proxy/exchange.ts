import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { milliseconds } from '../entities/units.js';
import type { AttemptRecord } from '../pdk/attempt-record.js';
import type { ProxiedRequest } from '../pdk/proxied-request.js';
import { type AttemptOutcome, type NextAttempt, NON_IDEMPOTENT, type UpstreamPlan } from '../pdk/upstream-plan.js';
import type { Attempt, AttemptOrder, AttemptSink } from '../transport/attempt.js';
import type { AttemptFailure } from '../transport/attempt-failure.js';
import type { UpstreamClient } from '../transport/upstream-client.js';
import { BodyInflater } from './body-inflater.js';
import { type AnswerOptions, answerError, answerExit, cutShort, writeHead } from './client-answer.js';
import { MESSAGES } from './error-response.js';
import type { PhaseLists } from './plugin-chain.js';
import { bodyFilter, headerFilter } from './plugin-phases.js';
import { addOwnHeaders, giveCookie, proxiedResponseHeaders } from './response-head.js';
import { addTrailers, takesTrailers } from './response-trailers.js';
import { joinUpgraded, type Upgrade, upgradeOf } from './upgraded-connection.js';

const logger = new Logger('proxy');
const NOTHING = Buffer.alloc(0);
const ABANDONED: AttemptOutcome = { kind: 'abandoned' };

/**
 * One request's traffic with its upstream: attempts until one gives a response head, then every piece of the body to the
 * client the moment it arrives, at the pace of the slower side. Once response bytes have gone out nothing is repeated, and
 * an upstream that breaks off breaks the client's response off as well: a cut answer never looks whole.
 */
export class Exchange implements AttemptSink {
  private readonly plan: UpstreamPlan;
  private attempt: Attempt | undefined;
  private record: AttemptRecord | undefined;
  private inflater: BodyInflater | undefined;
  private phase: 'waiting' | 'responding' | 'over' = 'waiting';
  private waitsForDrain = false;
  private idleTimeout = milliseconds(0);

  constructor(
    private readonly request: ProxiedRequest,
    private readonly lists: PhaseLists,
    private readonly upstreams: UpstreamClient,
    private readonly options: AnswerOptions,
  ) {
    this.plan = request.plan as UpstreamPlan;
  }

  begin(): void {
    const started = performance.now();
    let next: NextAttempt | Promise<NextAttempt>;
    try {
      next = this.plan.next(this.request);
    } catch (error) {
      this.planFailed(error);
      return;
    }
    if (next instanceof Promise) {
      next.then((resolved) => this.take(resolved, started)).catch((error: unknown) => this.planFailed(error));
    } else this.take(next, started);
  }

  /** The client has left: the upstream need not go on. */
  clientLeft(): void {
    if (this.phase === 'over') return;
    const wasSent = this.attempt !== undefined;
    this.phase = 'over';
    const cause = new Error('the client left');
    this.attempt?.abort(cause);
    this.inflater?.destroy();
    if (wasSent) this.plan.settle(this.request, ABANDONED);
  }

  private take(next: NextAttempt, started: number): void {
    if (this.phase === 'over') {
      // The client left while an address was looked for; the plan counts what it has handed out.
      if (next.kind === 'attempt') this.plan.settle(this.request, ABANDONED);
      return;
    }
    if (next.kind === 'attempt') {
      this.send(next.order, next.since ?? started);
      return;
    }
    this.phase = 'over';
    if (next.kind === 'exited') {
      answerExit(this.request, this.lists, this.options);
      return;
    }
    const { status, message, reason = message } = next;
    if (status >= 500) logger.warn(`request ${this.request.id}: ${reason}`);
    answerError(this.request, status, message, 'gateway', this.lists, this.options);
  }

  private send(order: AttemptOrder, started: number): void {
    const { request } = this;
    const now = performance.now();
    // The last attempt counts, as in Kong: what came before it was the gateway's doing.
    request.moments.dispatched = now;
    request.proxied = true;
    request.upstreamUri = order.path;
    this.record = {
      balancerStart: performance.timeOrigin + started,
      balancerLatency: now - started,
      ip: order.address.ip,
      port: order.address.port,
    };
    request.attempts.push(this.record);
    this.idleTimeout = order.timeouts.idle;
    this.attempt = this.upstreams.send(order, this, upgradeOf(request.incoming) && 'websocket');
  }

  onUpgrade(headers: string[], socket: Socket): void {
    const { request, plan } = this;
    (this.record as AttemptRecord).status = 101;
    request.moments.headReceived = performance.now();
    request.source = 'upstream';
    request.status = 101;
    request.responseHeaders = proxiedResponseHeaders(headers);
    try {
      headerFilter(this.lists, request);
    } catch {
      socket.destroy();
      this.breakOff('a filter failed', ABANDONED);
      return;
    }
    addOwnHeaders(request, this.options.own);
    request.responseHeaders.set('Upgrade', 'websocket');
    const lines = ['HTTP/1.1 101 Switching Protocols', 'Connection: upgrade'];
    request.responseHeaders.forEach((name, value) => {
      lines.push(`${name}: ${value}`);
    });
    this.attempt = undefined;
    this.phase = 'over';
    const upgrade = upgradeOf(request.incoming) as Upgrade;
    joinUpgraded(upgrade, request.outgoing, socket, `${lines.join('\r\n')}\r\n\r\n`, this.idleTimeout, () => {
      request.ending = 'complete';
      plan.settle(request, { kind: 'status', status: 101 });
      request.outgoing.emit('close');
    });
  }

  onHead(status: number, headers: string[]): void {
    const { request, plan } = this;
    const record = this.record as AttemptRecord;
    record.status = status;
    const outcome = { kind: 'status', status } as const;
    if (plan.mayRetry(request, outcome)) {
      record.state = 'next';
      record.code = status;
      this.attempt?.abort(new Error(`another attempt follows status ${status}`));
      this.attempt = undefined;
      plan.settle(request, outcome);
      this.begin();
      return;
    }
    this.phase = 'responding';
    request.moments.headReceived = performance.now();
    request.source = 'upstream';
    request.status = status;
    const wanted = takesTrailers(request, status);
    request.responseHeaders = proxiedResponseHeaders(headers, wanted);
    if (plan.setCookie !== undefined) giveCookie(request.responseHeaders, plan.setCookie);
    try {
      headerFilter(this.lists, request);
    } catch {
      this.breakOff('a filter failed', ABANDONED);
      return;
    }
    if (request.inflating) this.startInflating();
    addOwnHeaders(request, this.options.own);
    try {
      writeHead(request);
    } catch (error) {
      // What a filter put into it can stand in no head; the upstream has no part in that.
      logger.error(`request ${request.id}: the head of its response cannot be written: ${(error as Error).message}`);
      this.breakOff('unwritable head', ABANDONED);
      return;
    }
    // The head leaves with the first piece of the body when that is here already, and by itself when it is not.
    process.nextTick(flushHead, request.outgoing);
  }

  onData(chunk: Buffer): void {
    if (this.phase !== 'responding') return;
    if (this.inflater) {
      if (!this.inflater.write(chunk)) this.slowDown();
      return;
    }
    this.pass(chunk);
  }

  onEnd(trailers: string[]): void {
    if (this.phase !== 'responding') return;
    if (trailers.length > 0) addTrailers(this.request, trailers);
    if (this.inflater) this.inflater.end();
    else this.finish();
  }

  onFailure(failure: AttemptFailure): void {
    if (this.phase === 'over') return;
    const { request, plan } = this;
    const record = this.record as AttemptRecord;
    const outcome = { kind: failure.kind, sent: failure.sent, cause: failure } as const;
    this.attempt = undefined;
    if (this.phase === 'responding') {
      logger.warn(`request ${request.id}: the upstream broke its response off (${failure.code})`);
      this.breakOff(failure.code, outcome);
      return;
    }
    if (request.body.isOverCeiling) {
      this.phase = 'over';
      plan.settle(request, ABANDONED);
      answerError(request, 413, MESSAGES[413] as string, 'core', this.lists, this.options);
      return;
    }
    const status = failure.kind === 'timeout' ? 504 : 502;
    record.status = status;
    const retry = plan.mayRetry(request, outcome);
    // Kong notes no failure of a try that was not repeated only because that could have acted twice.
    if (retry || !(failure.sent && NON_IDEMPOTENT.has(request.serviceRequest.method))) {
      record.state = 'failed';
      record.code = status;
    }
    plan.settle(request, outcome);
    if (retry) {
      this.begin();
      return;
    }
    this.phase = 'over';
    request.moments.headReceived = performance.now();
    logger.warn(`request ${request.id}: ${failure.message} (${record.ip}:${record.port})`);
    answerError(request, status, MESSAGES[status] as string, 'core', this.lists, this.options);
  }

  /** Passes a piece of the body on. Slows the upstream down when the client cannot take more. */
  private pass(chunk: Buffer): void {
    const { request, lists } = this;
    let piece = chunk;
    if (lists.bodyFilter.length > 0) {
      try {
        piece = bodyFilter(lists, request, chunk, false);
      } catch {
        this.breakOff('a filter failed', ABANDONED);
        return;
      }
      if (piece.length === 0) return;
    }
    if (request.outgoing.write(piece)) return;
    this.inflater?.pause();
    this.slowDown();
  }

  private finish(): void {
    const { request, lists } = this;
    this.phase = 'over';
    const outcome = { kind: 'status', status: (this.record as AttemptRecord).status as number } as const;
    let rest: Buffer = NOTHING;
    if (lists.bodyFilter.length > 0) {
      try {
        rest = bodyFilter(lists, request, NOTHING, true);
      } catch {
        this.breakOff('a filter failed', outcome);
        return;
      }
    }
    if (rest.length > 0) request.outgoing.end(rest);
    else request.outgoing.end();
    this.plan.settle(request, outcome);
  }

  private slowDown(): void {
    this.attempt?.pause();
    if (this.waitsForDrain) return;
    this.waitsForDrain = true;
    this.request.outgoing.on('drain', () => {
      this.inflater?.resume();
      this.attempt?.resume();
    });
    this.inflater?.onDrain(() => this.attempt?.resume());
  }

  /** Ends the client's response so that nobody can take it for a complete one. */
  private breakOff(reason: string, outcome: AttemptOutcome): void {
    const { request, attempt, plan } = this;
    this.phase = 'over';
    request.ending = 'upstream-broke';
    attempt?.abort(new Error(reason));
    this.inflater?.destroy();
    plan.settle(request, outcome);
    cutShort(request);
  }

  private startInflating(): void {
    const { request } = this;
    const coding = request.responseHeaders.get('content-encoding') ?? '';
    this.inflater = BodyInflater.for(coding, {
      onData: (chunk) => this.pass(chunk),
      onEnd: () => this.finish(),
      onError: (error) => {
        logger.warn(`request ${request.id}: the upstream's ${coding} body cannot be inflated: ${error.message}`);
        this.breakOff('broken content coding', { kind: 'error', sent: true, cause: error });
      },
    });
    if (!this.inflater) return;
    request.responseHeaders.remove('content-encoding');
    request.responseHeaders.remove('content-length');
  }

  private planFailed(error: unknown): void {
    if (this.phase === 'over') return;
    this.phase = 'over';
    logger.error(
      `request ${this.request.id}: planning failed: ${error instanceof Error ? error.stack : String(error)}`,
    );
    answerError(this.request, 500, MESSAGES[500] as string, 'gateway', this.lists, this.options);
  }
}

function flushHead(outgoing: ProxiedRequest['outgoing']): void {
  if (!outgoing.destroyed && !outgoing.writableEnded) outgoing.flushHeaders();
}
