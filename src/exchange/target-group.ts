import type { AiRegistry } from '../ai/ai-registry.js';
import { MemberNames } from '../ai/json/member-names.js';
import type { Balancers } from '../balancing/balancer.js';
import type { ForwardingOptions } from '../pdk/forwarded-headers.js';
import type { AccessRequest, PluginScope, ResponseBody, ResponseHead } from '../pdk/plugin.js';
import type { Resolver } from '../transport/resolver.js';
import { logExchange } from './exchange-log.js';
import type { BalancingOptions, ExchangeOptions } from './exchange-options.js';
import { type RequestRead, readRequest } from './exchange-request.js';
import type { ExchangeRules } from './exchange-rules.js';
import { ExchangeTarget, USAGE_STRATEGIES } from './exchange-target.js';
import { missingKeyOf } from './key-problem.js';
import { LlmExchange } from './llm-exchange.js';
import { modelList } from './model-list.js';
import { notBuilt } from './not-built.js';
import { asksForModels, responsesTail } from './operation-path.js';
import {
  missingKey,
  NO_TARGET,
  NO_WEBSOCKET,
  onlyPost,
  type Refusal,
  refuse,
  STREAMING_DENIED,
  UNKNOWN_ALIAS,
} from './refusal.js';
import { hideHeader } from './target-auth.js';
import { TargetSelection } from './target-selection.js';

/** What the exchanges of an AI plugin need of the gateway. */
export interface ExchangeRooms {
  readonly registry: AiRegistry;
  readonly balancers: Balancers;
  readonly resolver: Resolver;
  readonly forwarding: ForwardingOptions;
}

const JSON_TYPE = { 'Content-Type': 'application/json' };
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);
/** Statuses that say nothing against a target (ai-proxy-advanced's documentation of max_fails). */
const NEVER_A_FAILURE = new Set([403, 404]);

/**
 * The targets of one AI plugin and the rules under which requests reach them. Made when the plugin is configured; asked in
 * each phase of each request.
 */
export class TargetGroup {
  private readonly rules: ExchangeRules;
  /** `undefined`: there is no target, or none that has its key. */
  private readonly selection: TargetSelection | undefined;
  /** Why there is none. */
  private readonly unusable: Refusal | undefined;
  private readonly models: Buffer;
  private readonly memberNames: MemberNames;
  private readonly servesResponses: boolean;
  /** Where keys travel, the client's own included: header names in lower case, and query parameters. */
  private readonly keyHeaders: readonly string[];
  private readonly keyParameters: readonly string[] | undefined;
  private readonly slot = Symbol('llm exchange');

  /** Throws when the configuration asks for what is not built. */
  constructor(
    private readonly options: ExchangeOptions,
    { registry, balancers, resolver, forwarding }: ExchangeRooms,
    scope: PluginScope,
  ) {
    const { balancing, llmFormat } = options;
    const targets = options.targets.map(
      (target, index) => new ExchangeTarget(`${scope.id} ${index}`, target, llmFormat, registry),
    );
    if (!balancers.has(balancing.algorithm)) {
      throw notBuilt(`balancer.algorithm '${balancing.algorithm}'`, balancers.known());
    }
    if (balancing.algorithm === 'lowest-usage' && !USAGE_STRATEGIES.includes(balancing.usageStrategy)) {
      throw notBuilt(`balancer.tokens_count_strategy '${balancing.usageStrategy}'`, USAGE_STRATEGIES);
    }
    this.rules = {
      pluginId: scope.id,
      modelNameHeader: options.modelNameHeader,
      balancing,
      failureStatuses: failureStatuses(balancing.criteria),
      balancesByUsage: balancesByUsage(balancing),
      resolver,
      forwarding,
    };
    this.models = modelList(targets);
    this.memberNames = new MemberNames(targets.flatMap(({ memberNames }) => [...memberNames]));
    this.servesResponses = targets.some(({ routeType }) => routeType === 'llm/v1/responses');
    this.keyHeaders = [...new Set(targets.flatMap(({ auth }) => auth.header?.lower ?? []))];
    const parameters = new Set(targets.flatMap(({ auth }) => auth.query?.name ?? []));
    this.keyParameters = parameters.size > 0 ? [...parameters] : undefined;
    const missing = options.targets.map((target) => missingKeyOf(target, scope));
    const usable = targets.filter((_, index) => missing[index] === undefined);
    if (usable.length > 0) this.selection = new TargetSelection(balancers, usable, balancing, scope.id);
    else if (targets.length > 0) this.unusable = missingKey(missing[0] ?? 'auth.header_value');
    else {
      scope.warn('targets is empty, so every request is refused');
      this.unusable = NO_TARGET;
    }
  }

  access(request: AccessRequest): void | Promise<void> {
    const { method } = request.serviceRequest;
    this.hideKeys(request);
    if (request.incoming.headers.upgrade?.toLowerCase() === 'websocket') {
      refuse(request, NO_WEBSOCKET);
    } else if (method === 'GET' && asksForModels(request)) {
      request.exit(200, this.models, JSON_TYPE);
    } else {
      const opened = this.opened(request, method);
      if (opened instanceof Promise) return opened.then((refusal) => refusal && refuse(request, refusal));
      if (opened) refuse(request, opened);
    }
  }

  headerFilter(response: ResponseHead): void {
    const exchange = response.kept<LlmExchange>(this.slot);
    if (exchange?.current && response.source === 'upstream') exchange.answer.head(response, exchange.current);
  }

  bodyFilter(response: ResponseBody, piece: Buffer, last: boolean): Buffer {
    // What a plugin answers is nothing a model said.
    if (response.source !== 'upstream') return piece;
    return response.kept<LlmExchange>(this.slot)?.answer.body(response, piece, last) ?? piece;
  }

  release(): void {
    this.selection?.release();
  }

  /** A client that brings a key of its own where ours goes has not told it to the log. */
  private hideKeys(request: AccessRequest): void {
    request.secretParameters = this.keyParameters;
    for (const name of this.keyHeaders) if (request.headers.has(name)) hideHeader(request.logFields, name);
  }

  /** Reads the request and plans its exchange; answers why not, if so. */
  private opened(request: AccessRequest, method: string): Refusal | undefined | Promise<Refusal | undefined> {
    const tail = this.servesResponses ? responsesTail(request) : '';
    // Before anything that is a 400: clients look for the route with GET and HEAD, and give up on one.
    if (tail === '' && !WITH_BODY.has(method)) return onlyPost(method);
    if (this.unusable) return this.unusable;
    const limit = this.options.maxRequestBodySize;
    const read = readRequest(request, { limit, names: this.memberNames, mayBeEmpty: tail !== '' });
    return read instanceof Promise
      ? read.then((done) => this.plan(request, done, tail))
      : this.plan(request, read, tail);
  }

  private plan(request: AccessRequest, read: RequestRead, tail: string): Refusal | undefined {
    if ('refusal' in read) return read.refusal;
    const { members } = read;
    const asked = members?.text('model') || undefined;
    const choice = this.selection?.for(asked);
    if (!choice) return UNKNOWN_ALIAS;
    const { responseStreaming } = this.options;
    const asksStream = members?.value('stream') === true;
    const streams = asksStream || (responseStreaming === 'always' && tail === '');
    const acceptsGzip = request.header('accept-encoding')?.toLowerCase().includes('gzip') ?? false;
    // Of the calls beside the plain one only this one asks a model.
    const isCounted = tail === '' || tail === 'compact';
    const client = { members, asked, tail, streams, acceptsGzip, isCounted };
    const exchange = new LlmExchange(this.rules, client, choice);
    const refusal = exchange.begin(request);
    if (refusal) return refusal;
    if (asksStream && responseStreaming === 'deny') return STREAMING_DENIED;
    request.keep(this.slot, exchange);
    request.plan = exchange;
    logExchange(exchange, request);
    return undefined;
  }
}

function balancesByUsage({ algorithm, latencyStrategy }: BalancingOptions): boolean {
  return algorithm === 'lowest-usage' || (algorithm === 'lowest-latency' && latencyStrategy === 'tpot');
}

function failureStatuses(criteria: ReadonlySet<string>): ReadonlySet<number> {
  const listed = [...criteria].filter((name) => name.startsWith('http_')).map((name) => Number(name.slice(5)));
  return new Set(listed.filter((status) => !NEVER_A_FAILURE.has(status)));
}
