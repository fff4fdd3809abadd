import { Logger } from '@nestjs/common';
import { type Bytes, type Milliseconds, milliseconds } from '../entities/units.js';
import type { AttemptRecord } from '../pdk/attempt-record.js';
import type { HeaderList } from '../pdk/header-list.js';
import type { ProxiedRequest } from '../pdk/proxied-request.js';
import { NON_IDEMPOTENT, type UpstreamAnswer, type UpstreamPlan } from '../pdk/upstream-plan.js';
import type { AttemptOrder } from '../transport/attempt.js';
import type { AttemptFailure } from '../transport/attempt-failure.js';
import { inflated, isCoded } from '../transport/content-coding.js';
import type { UpstreamClient } from '../transport/upstream-client.js';
import { wholeAnswer } from '../transport/whole-answer.js';
import { giveCookie, proxiedResponseHeaders } from './response-head.js';

const logger = new Logger('proxy');
const CLIENT_LEFT: UpstreamAnswer = { kind: 'client-left' };

/**
 * One request's traffic with its upstream on behalf of a plugin: the attempts are those the proxy would make, but the answer
 * is held whole, inflated, and given to the plugin. Nothing has gone to the client before, or will.
 */
export class WholeExchange {
  constructor(
    private readonly request: ProxiedRequest,
    private readonly plan: UpstreamPlan,
    private readonly upstreams: UpstreamClient,
    private readonly limit: Bytes,
  ) {}

  async answer(): Promise<UpstreamAnswer> {
    const { request, plan } = this;
    for (;;) {
      const started = milliseconds(performance.now());
      const next = await plan.next(request);
      if (next.kind === 'exited') return CLIENT_LEFT;
      if (next.kind === 'unavailable') return failed(false, next.message);
      const answer = await this.attempt(next.order, next.since ?? started);
      if (answer) return answer;
    }
  }

  /** `undefined`: another attempt follows. */
  private async attempt(order: AttemptOrder, started: Milliseconds): Promise<UpstreamAnswer | undefined> {
    const { request, plan, upstreams, limit } = this;
    const record = this.recorded(order, started);
    let seen: 'nothing' | 'answer' | 'stream' | 'to-be-repeated' = 'nothing';
    const wants = (status: number, headers: readonly string[]): boolean => {
      record.status = status;
      if (plan.mayRetry(request, { kind: 'status', status })) seen = 'to-be-repeated';
      else seen = isEventStream(headers) ? 'stream' : 'answer';
      return seen === 'answer';
    };
    const got = await wholeAnswer(upstreams, order, { limit, signal: request.over, wants });
    switch (got.kind) {
      case 'answer':
        return this.read(got.status, proxiedResponseHeaders(got.headers), got.body);
      case 'too-large':
        plan.settle(request, { kind: 'status', status: got.status });
        return failed(true, `the upstream's answer is larger than ${limit} bytes`);
      case 'failed':
        return this.afterFailure(record, got.failure);
      case 'abandoned':
        return this.afterGivingUp(record, seen);
    }
  }

  private afterGivingUp(record: AttemptRecord, seen: 'nothing' | 'answer' | 'stream' | 'to-be-repeated') {
    const { request, plan } = this;
    const { status } = record;
    if (status === undefined || request.over.aborted) {
      plan.settle(request, { kind: 'abandoned' });
      return CLIENT_LEFT;
    }
    if (seen === 'to-be-repeated') {
      record.state = 'next';
      record.code = status;
    }
    plan.settle(request, { kind: 'status', status });
    return seen === 'stream' ? failed(true, 'the upstream answers with a stream of events') : undefined;
  }

  private recorded(order: AttemptOrder, started: Milliseconds): AttemptRecord {
    const { ip, port } = order.address;
    const balancerLatency = milliseconds(performance.now() - started);
    const record = { balancerStart: milliseconds(performance.timeOrigin + started), balancerLatency, ip, port };
    this.request.upstreamUri = order.path;
    this.request.attempts.push(record);
    return record;
  }

  private async read(status: number, headers: HeaderList, sent: Buffer): Promise<UpstreamAnswer> {
    const { request, plan, limit } = this;
    const coding = headers.get('content-encoding');
    for (const name of ['content-encoding', 'content-length']) headers.remove(name);
    let body = sent;
    if (isCoded(coding) && sent.length > 0) {
      const inflation = await inflated(sent, coding, limit);
      if (inflation.state !== 'plain') {
        plan.settle(request, { kind: 'status', status });
        return failed(true, INFLATION_PROBLEMS[inflation.state](coding, limit));
      }
      body = inflation.bytes;
    }
    body = plan.readWhole?.(request, status, headers, body) ?? body;
    if (plan.setCookie !== undefined) giveCookie(headers, plan.setCookie);
    plan.settle(request, { kind: 'status', status });
    return { kind: 'answer', status, headers, body };
  }

  private afterFailure(record: AttemptRecord, failure: AttemptFailure): UpstreamAnswer | undefined {
    const { request, plan } = this;
    const { kind, sent } = failure;
    const outcome = { kind, sent, cause: failure } as const;
    // A head that has come has been judged; what broke after it is not repeated (nginx: proxy_next_upstream).
    const broke = record.status !== undefined;
    const retry = !broke && plan.mayRetry(request, outcome);
    if (!broke) {
      record.status = kind === 'timeout' ? 504 : 502;
      if (retry || !(sent && NON_IDEMPOTENT.has(request.serviceRequest.method))) {
        record.state = 'failed';
        record.code = record.status;
      }
    }
    plan.settle(request, outcome);
    if (retry) return undefined;
    logger.warn(`request ${request.id}: ${failure.message} (${record.ip}:${record.port})`);
    return failed(sent, failure.reason);
  }
}

const failed = (connected: boolean, reason: string): UpstreamAnswer => ({ kind: 'failed', connected, reason });

const INFLATION_PROBLEMS = {
  'too-large': (_coding: string, limit: Bytes) => `the upstream's answer, inflated, is larger than ${limit} bytes`,
  'unknown-coding': (coding: string) =>
    `the content coding '${coding.slice(0, 100)}' of the upstream's answer is not known`,
  broken: (coding: string) => `the ${coding.slice(0, 100)} coding of the upstream's answer is broken`,
} as const;

function isEventStream(headers: readonly string[]): boolean {
  for (let index = 0; index + 1 < headers.length; index += 2) {
    if ((headers[index] as string).toLowerCase() === 'content-type') {
      return (headers[index + 1] as string).toLowerCase().includes('text/event-stream');
    }
  }
  return false;
}
