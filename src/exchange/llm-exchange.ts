import { performance } from 'node:perf_hooks';
import { Logger } from '@nestjs/common';
import type { Sample } from '../balancing/algorithm.js';
import type { Balancer } from '../balancing/balancer.js';
import { type Milliseconds, milliseconds } from '../entities/units.js';
import type { HeaderList } from '../pdk/header-list.js';
import type { AccessRequest } from '../pdk/plugin.js';
import type { ProxiedRequest } from '../pdk/proxied-request.js';
import { type AttemptOutcome, type NextAttempt, NON_IDEMPOTENT, type UpstreamPlan } from '../pdk/upstream-plan.js';
import type { ResolvedAddress, UnresolvedName } from '../transport/resolver.js';
import { acceptEncoding, attemptOrder } from './attempt-order.js';
import { ExchangeAnswer } from './exchange-answer.js';
import type { ExchangeRules } from './exchange-rules.js';
import type { ExchangeTarget } from './exchange-target.js';
import { refusedBody } from './plain-body.js';
import { NO_TARGET, type Refusal, unfit } from './refusal.js';
import { RequestSources } from './request-sources.js';
import { hideHeader } from './target-auth.js';
import type { Choice } from './target-selection.js';
import { type TriedTarget, triedTarget } from './tried-target.js';
import type { ClientRequest, WordedRequest } from './worded-request.js';

const logger = new Logger('ai');
const NONE_TRIED: ReadonlySet<ExchangeTarget> = new Set();

/**
 * One request to a model and all of its answer. Plans the attempts: each is the client's original request worded for the
 * target that was picked, since targets differ in model, options, key and address.
 */
export class LlmExchange implements UpstreamPlan {
  readonly answer: ExchangeAnswer;
  readonly triedTargets: TriedTarget[] = [];
  /** The target of the attempt under way, or of the last one. */
  current: WordedRequest | undefined;
  /** Bytes sent with the last attempt. */
  sentBody: Buffer | undefined;
  private readonly balancer: Balancer<ExchangeTarget>;
  /** Picked, and not yet sent to. */
  private upcoming: WordedRequest | undefined;
  private tried: Set<ExchangeTarget> | undefined;
  private tries = 0;
  private attemptStarted: Milliseconds = milliseconds(0);
  private judged = false;
  /** Between an attempt's beginning and its end. */
  private isUnderWay = false;

  constructor(
    readonly rules: ExchangeRules,
    readonly client: ClientRequest,
    private readonly choice: Choice,
  ) {
    this.balancer = choice.balancer;
    this.answer = new ExchangeAnswer(rules);
  }

  /** Picks the first target and words the request for it, so that what is wrong with it is answered before proxying. */
  begin(request: AccessRequest): Refusal | undefined {
    const target = this.pick(request);
    if (!target) {
      logger.warn(
        `request ${request.id}: no target is left: each has failed balancer.max_fails times, see fail_timeout`,
      );
      return NO_TARGET;
    }
    const worded = this.worded(target, request);
    if ('refusal' in worded) return worded.refusal;
    this.upcoming = worded;
    return undefined;
  }

  next(request: ProxiedRequest): NextAttempt | Promise<NextAttempt> {
    const worded = this.upcoming;
    if (!worded) throw new Error('no target was picked for this attempt');
    const { host, port } = worded.location;
    const resolved = this.rules.resolver.resolve(host, port);
    if (resolved instanceof Promise) return resolved.then((address) => this.attempt(request, worded, address));
    return this.attempt(request, worded, resolved);
  }

  mayRetry(request: ProxiedRequest, outcome: AttemptOutcome): boolean {
    this.judge(outcome);
    const { criteria } = this.rules.balancing;
    switch (outcome.kind) {
      case 'abandoned':
        return false;
      case 'status':
        if (!criteria.has(`http_${outcome.status}`)) return false;
        break;
      default:
        if (!criteria.has(outcome.kind)) return false;
    }
    const sent = outcome.kind === 'status' || outcome.sent;
    const mayActTwice = sent && NON_IDEMPOTENT.has(request.serviceRequest.method);
    if (mayActTwice && !criteria.has('non_idempotent')) return false;
    return this.pickNext(request);
  }

  settle(_request: ProxiedRequest, outcome: AttemptOutcome): void {
    // A client that leaves between two attempts ends one that is over already.
    if (!this.isUnderWay) return;
    this.isUnderWay = false;
    this.judge(outcome);
    this.judged = false;
    const target = (this.current as WordedRequest).target;
    const answered = outcome.kind === 'status' && outcome.status === 200;
    this.balancer.ended(target, answered ? this.sample(target) : NO_SAMPLE);
  }

  get streams(): boolean {
    return this.client.streams;
  }

  readWhole({ headers }: ProxiedRequest, status: number, responseHeaders: HeaderList, body: Buffer): Buffer {
    const response = { status, headers, responseHeaders, inflating: false, answerPassed: false };
    this.answer.head(response, this.current as WordedRequest);
    return this.answer.body(response, body, true);
  }

  /** What this exchange says about its target: a latency and a usage, as far as they are known. */
  private sample(target: ExchangeTarget): Sample {
    const { latencyStrategy, usageStrategy } = this.rules.balancing;
    const { told } = this.answer;
    const elapsed = performance.now() - this.attemptStarted;
    const completion = told?.usage?.completion;
    const latency = latencyStrategy === 'e2e' ? elapsed : completion ? elapsed / completion : undefined;
    return {
      latency: latency === undefined ? undefined : milliseconds(latency),
      usage: told?.usage && target.measuredUsage(told.usage, told.serviceTier, usageStrategy),
    };
  }

  /** Tells the circuits how the attempt went, once: before another target is picked, or when it is over. */
  private judge(outcome: AttemptOutcome): void {
    if (this.judged) return;
    this.judged = true;
    const { target } = this.current as WordedRequest;
    if (outcome.kind === 'abandoned') return;
    if (outcome.kind === 'status' && !this.rules.failureStatuses.has(outcome.status)) this.balancer.succeeded(target);
    else this.balancer.failed(target);
  }

  /** Whether there is a further try and a target for it, which is then the upcoming one. */
  private pickNext(request: ProxiedRequest): boolean {
    const retries = this.rules.balancing.retries ?? request.service?.retries ?? KONG_RETRIES;
    while (this.tries <= retries) {
      const target = this.pick(request);
      if (!target) return false;
      const worded = this.worded(target, request);
      if (!('refusal' in worded)) {
        this.upcoming = worded;
        return true;
      }
      // Kong: what is wrong with a request for a further target fails that try, silently.
      this.tries += 1;
      this.markTried(target);
    }
    return false;
  }

  private pick(request: AccessRequest): ExchangeTarget | undefined {
    const { hashHeader } = this.rules.balancing;
    const hashKey = hashHeader === undefined ? undefined : request.header(hashHeader);
    return this.balancer.pick({ hashKey, tried: this.tried ?? NONE_TRIED });
  }

  private markTried(target: ExchangeTarget): void {
    this.tried ??= new Set();
    this.tried.add(target);
  }

  private worded(target: ExchangeTarget, request: AccessRequest): WordedRequest | { readonly refusal: Refusal } {
    const { client } = this;
    const { members, asked, tail } = client;
    const sources = new RequestSources(request);
    const isResource = tail !== '';
    if (members && !isResource && !target.format.hasPrompt(members)) {
      return refusedBody(request, `it holds no prompt that route_type '${target.routeType}' takes`);
    }
    const mayBeUnnamed = isResource || members?.kindOf('prompt') === 'object';
    const choice = target.modelFor(asked, this.choice.byAlias, mayBeUnnamed, sources);
    if ('refusal' in choice) return choice;
    const mismatch = members && !isResource ? target.format.mismatch(members) : undefined;
    if (mismatch !== undefined) return { refusal: unfit(mismatch) };
    const located = target.locate(sources);
    if ('refusal' in located) return located;
    return { client, target, model: choice.model, location: located.location, addsUsage: this.addsUsage(target) };
  }

  private addsUsage({ logsStatistics, format }: ExchangeTarget): boolean {
    const { members, streams, isCounted } = this.client;
    if (!streams || !isCounted || !members || format.asksUsage(members)) return false;
    return logsStatistics || this.rules.balancesByUsage;
  }

  private attempt(
    request: ProxiedRequest,
    worded: WordedRequest,
    address: ResolvedAddress | UnresolvedName,
  ): NextAttempt | Promise<NextAttempt> {
    const { target } = worded;
    this.upcoming = undefined;
    this.tries += 1;
    this.markTried(target);
    if (address.ip === undefined) return this.unresolved(request, target, address);
    const order = attemptOrder(request, worded, address, this.rules);
    this.current = worded;
    this.sentBody = order.body ?? undefined;
    this.judged = false;
    this.attemptStarted = milliseconds(performance.now());
    this.balancer.started(target);
    this.isUnderWay = true;
    this.triedTargets.push(triedTarget(worded, order));
    this.showSent(request, target);
    return { kind: 'attempt', order };
  }

  /** A target whose host has no address has failed without having been sent anything. */
  private unresolved(request: ProxiedRequest, target: ExchangeTarget, { status, message, reason }: UnresolvedName) {
    this.balancer.failed(target);
    const goesOn = this.rules.balancing.criteria.has('error') && this.pickNext(request);
    // Asking again for the same host would find the same nothing.
    if (goesOn && this.upcoming && !this.tried?.has(this.upcoming.target)) {
      logger.warn(`request ${request.id}: ${reason ?? message}; another target is tried`);
      return this.next(request);
    }
    return { kind: 'unavailable', status, message, reason } as const;
  }

  /** Kong's log shows what went upstream, but for the key: a parameter that carries it is among the request's secrets. */
  private showSent({ logFields }: ProxiedRequest, { auth }: ExchangeTarget): void {
    logFields.set('request.headers.accept-encoding', acceptEncoding(this.client));
    if (auth.header) hideHeader(logFields, auth.header.lower);
  }
}

const NO_SAMPLE: Sample = {};
/** Kong's default for a Service. */
const KONG_RETRIES = 5;
