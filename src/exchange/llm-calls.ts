import { Injectable } from '@nestjs/common';
import { AiRegistry } from '../ai/ai-registry.js';
import { Settings } from '../config/settings.js';
import { trustedAuthorities } from '../config/trusted-authorities.js';
import { hostFromUrl } from '../entities/host.js';
import { milliseconds } from '../entities/units.js';
import type { PluginScope } from '../pdk/plugin.js';
import { Resolver } from '../transport/resolver.js';
import { UpstreamClient } from '../transport/upstream-client.js';
import { KONG_DEFAULT } from './attempt-timeouts.js';
import { ExchangeTarget } from './exchange-target.js';
import { missingKeyOf } from './key-problem.js';
import { LlmCall } from './llm-call.js';
import type { LlmCallConfig } from './llm-call-config.js';
import { CallRoute, type HttpProxy } from './llm-call-route.js';
import { missingKey } from './refusal.js';

/** What plugins inject that ask a model themselves: makes of a configuration the call they make for each request. */
@Injectable()
export class LlmCalls {
  private readonly authorities: readonly string[] | undefined;

  constructor(
    private readonly registry: AiRegistry,
    private readonly resolver: Resolver,
    private readonly upstreams: UpstreamClient,
    settings: Settings,
  ) {
    this.authorities = trustedAuthorities(settings);
  }

  /** Throws when the configuration asks for what is not built. */
  callFor(config: LlmCallConfig, scope: PluginScope): LlmCall {
    const options = { config: config.llm, weight: 1, path: 'llm.' };
    const missing = missingKeyOf(options, scope);
    const timeout = config.http_timeout > 0 ? milliseconds(Math.min(config.http_timeout, LONGEST)) : KONG_DEFAULT;
    const proxies = {
      http: proxyAt(config.http_proxy_host, config.http_proxy_port),
      https: proxyAt(config.https_proxy_host, config.https_proxy_port),
    };
    return new LlmCall(new ExchangeTarget(scope.id, options, 'openai', this.registry), {
      upstreams: this.upstreams,
      route: new CallRoute(this.resolver, proxies, { verify: config.https_verify, authorities: this.authorities }),
      timeouts: { connect: timeout, head: timeout, idle: timeout, write: timeout },
      keyMissing: missing === undefined ? undefined : missingKey(missing),
    });
  }
}

/** What the system's timers can count to: 24 days. */
const LONGEST = 2 ** 31 - 1;

const proxyAt = (host: string | undefined, port: number | undefined): HttpProxy | undefined =>
  host == null || port == null ? undefined : { host: hostFromUrl(host), port };
