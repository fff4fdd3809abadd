import type { AiRegistry } from '../ai/ai-registry.js';
import { costOf, type Prices, pricesOf } from '../ai/cost.js';
import type { Edits, LlmFormat } from '../ai/formats/format.js';
import type { JsonMembers } from '../ai/json/json-members.js';
import { ModelTemplate, type TemplateSources } from '../ai/model-template.js';
import type { LlmProvider } from '../ai/providers/provider.js';
import type { TokenUsage } from '../ai/token-usage.js';
import type { Candidate } from '../balancing/algorithm.js';
import { serverName } from '../entities/host.js';
import type { UsDollars } from '../entities/units.js';
import { AddressBook } from '../transport/address-book.js';
import type { UpstreamAddress } from '../transport/attempt.js';
import type { TargetOptions } from './exchange-options.js';
import { notBuilt } from './not-built.js';
import { NO_MODEL, otherModel, type Refusal, unfit } from './refusal.js';
import { type TargetAuth, targetAuth } from './target-auth.js';
import { LocationPlan, type UpstreamLocation } from './upstream-location.js';

/** The model a request is about, once it has been settled for a target. */
export type ModelChoice = { readonly model: string | undefined } | { readonly refusal: Refusal };

/** How a request's body is to leave for a target. */
export interface BodyOrder {
  readonly model: string | undefined;
  readonly stream: boolean;
  readonly askUsage: boolean;
  /** A call about the operation's resources: nothing of its body is configured but the model. */
  readonly isResource: boolean;
}

/** What targets can be compared by; the judge that would tell their accuracy is not there. */
export const USAGE_STRATEGIES: readonly string[] = ['total-tokens', 'prompt-tokens', 'completion-tokens', 'cost'];

const KEY_KEPT: ReadonlySet<string> = new Set(['accept-encoding']);

/** One model of one provider, as a balancer's candidate, with everything decided that its configuration decides. */
export class ExchangeTarget implements Candidate {
  readonly weight: number;
  readonly ringName: string;
  readonly routeType: string;
  readonly providerName: string;
  readonly format: LlmFormat;
  readonly auth: TargetAuth;
  readonly alias: string | undefined;
  readonly logsStatistics: boolean;
  readonly logsPayloads: boolean;
  /** The model's name as configured, templates unfilled; `undefined`: the client chooses. */
  readonly configuredModel: string | undefined;
  private readonly provider: LlmProvider;
  private readonly modelTemplate: ModelTemplate | undefined;
  private readonly locations: LocationPlan;
  private readonly prices: Prices | undefined;
  private readonly maxTokens: number | undefined;
  private readonly temperature: number | undefined;
  private readonly topP: number | undefined;
  private readonly keyReplaced: ReadonlySet<string>;
  private readonly addresses = new AddressBook();

  /** Throws when the configuration asks for what is not built. */
  constructor(
    readonly id: string,
    { config, weight }: TargetOptions,
    llmFormat: string,
    registry: AiRegistry,
  ) {
    const { route_type, auth, logging, model } = config;
    const { options } = model;
    const { provider, format } = builtFor(registry, llmFormat, route_type, model.provider);
    this.weight = weight;
    this.routeType = route_type;
    this.providerName = model.provider;
    this.provider = provider;
    this.format = format;
    this.auth = targetAuth(auth);
    this.keyReplaced = new Set([...KEY_KEPT, ...(this.auth.header ? [this.auth.header.lower] : [])]);
    this.alias = model.model_alias ?? undefined;
    this.logsStatistics = logging?.log_statistics ?? false;
    this.logsPayloads = logging?.log_payloads ?? false;
    this.configuredModel = model.name ?? undefined;
    this.modelTemplate = this.configuredModel === undefined ? undefined : ModelTemplate.of(this.configuredModel);
    const url = provider.urlFor(route_type);
    this.locations = new LocationPlan(url, options?.upstream_url ?? undefined, options?.upstream_path ?? undefined);
    this.prices = pricesOf(options);
    this.maxTokens = options?.max_tokens ?? undefined;
    this.temperature = options?.temperature ?? undefined;
    this.topP = options?.top_p ?? undefined;
    this.ringName = `${options?.upstream_url ?? url.href} ${this.configuredModel ?? ''} ${id}`;
  }

  /**
   * The model to ask for. `asked`: what the client named, if anything. `byAlias`: the client's name led to this target.
   * `mayBeUnnamed`: the request can do without one.
   */
  modelFor(asked: string | undefined, byAlias: boolean, mayBeUnnamed: boolean, sources: TemplateSources): ModelChoice {
    let name = this.configuredModel;
    if (this.modelTemplate) {
      const filled = this.modelTemplate.fill(sources);
      if ('problem' in filled) return { refusal: unfit(filled.problem) };
      name = filled.text;
    }
    if (name === undefined) {
      if (asked === undefined && !mayBeUnnamed) return { refusal: NO_MODEL };
      return { model: asked };
    }
    if (asked !== undefined && asked !== name && !byAlias) return { refusal: otherModel(name) };
    return { model: name };
  }

  locate(sources: TemplateSources): { readonly location: UpstreamLocation } | { readonly refusal: Refusal } {
    const located = this.locations.for(sources);
    return 'problem' in located ? { refusal: unfit(located.problem) } : located;
  }

  /** The client's body in this target's words; the same bytes where nothing has to change. */
  word(request: JsonMembers, order: BodyOrder): Buffer {
    const edits = this.editsFor(request, order);
    const { body, allowOverride } = this.auth;
    if (body && !(allowOverride && request.has(body.name))) edits.set(body.name, body.json);
    return request.edited(edits);
  }

  private editsFor(request: JsonMembers, { model, stream, askUsage, isResource }: BodyOrder): Edits {
    if (isResource) {
      // Only what was named is named otherwise: not every call about a resource takes a model.
      const names = model !== undefined && request.has('model');
      return new Map(names ? [['model', JSON.stringify(model)]] : []);
    }
    const { maxTokens, temperature, topP } = this;
    const edits = this.format.edits(request, { model, stream, askUsage, maxTokens, temperature, topP });
    this.provider.adjust?.(request, edits, model);
    return edits;
  }

  /** The members of a request that must be found for this target. */
  get memberNames(): Iterable<string> {
    return this.auth.body ? [...this.format.members, this.auth.body.name] : this.format.members;
  }

  /** Names, in lower case, of the client's headers that do not go on. `brings`: the client's own key does. */
  replacedHeaders(brings: boolean, more: readonly string[]): ReadonlySet<string> {
    const own = brings ? KEY_KEPT : this.keyReplaced;
    return more.length === 0 ? own : new Set([...own, ...more]);
  }

  /** The measure `lowest-usage` compares; `undefined`: the provider did not report it. */
  measuredUsage(usage: TokenUsage, serviceTier: string | undefined, strategy: string): number | undefined {
    switch (strategy) {
      case 'prompt-tokens':
        return usage.prompt;
      case 'completion-tokens':
        return usage.completion;
      case 'cost':
        return this.costOf(usage, serviceTier);
      default:
        return usage.total;
    }
  }

  /** What a payload in a log must not show of the body that was sent. */
  redacted(body: Buffer): string {
    const text = body.toString();
    return this.auth.body ? text.replaceAll(this.auth.body.json, '"REDACTED"') : text;
  }

  /** `undefined`: no prices, or not enough is known. */
  costOf(usage: TokenUsage, serviceTier: string | undefined): UsDollars | undefined {
    return this.prices && costOf(usage, this.prices, serviceTier);
  }

  get hasPrices(): boolean {
    return this.prices !== undefined;
  }

  addressAt(location: UpstreamLocation, ip: string, port: number, verify: boolean): UpstreamAddress {
    const { scheme, host } = location;
    const key = `${scheme} ${host} ${ip} ${port} ${verify}`;
    const known = this.addresses.get(key);
    if (known) return known;
    if (scheme === 'http') return this.addresses.add(key, { scheme, ip, port });
    return this.addresses.add(key, { scheme, ip, port, tls: { servername: serverName(host), verify } });
  }
}

function builtFor(registry: AiRegistry, llmFormat: string, routeType: string, providerName: string) {
  const provider = registry.provider(providerName);
  if (!provider) throw notBuilt(`provider '${providerName}'`, registry.providerNames());
  if (!registry.llmFormats().includes(llmFormat)) throw notBuilt(`llm_format '${llmFormat}'`, registry.llmFormats());
  const clientFormat = registry.clientFormat(llmFormat, routeType);
  if (clientFormat === undefined) {
    throw notBuilt(`route_type '${routeType}' with llm_format '${llmFormat}'`, registry.routeTypes(llmFormat));
  }
  const spoken = provider.formatFor(routeType);
  if (spoken === undefined) throw new Error(`provider '${providerName}' does not serve route_type '${routeType}'`);
  const format = registry.format(clientFormat);
  if (spoken !== clientFormat || !format) {
    throw notBuilt(`translation from '${clientFormat}' to '${spoken}' (provider '${providerName}')`, [clientFormat]);
  }
  return { provider, format };
}
