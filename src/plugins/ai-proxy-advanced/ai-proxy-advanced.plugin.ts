import { attemptTimeouts } from '../../exchange/attempt-timeouts.js';
import type { BalancingOptions, ExchangeOptions } from '../../exchange/exchange-options.js';
import { LlmExchanges } from '../../exchange/llm-exchanges.js';
import { notBuilt } from '../../exchange/not-built.js';
import type { TargetGroup } from '../../exchange/target-group.js';
import {
  type AccessRequest,
  KongPlugin,
  type Plugin,
  type PluginScope,
  type ResponseBody,
  type ResponseHead,
} from '../../pdk/plugin.js';
import { AiProxyAdvancedConfig } from './ai-proxy-advanced.config.js';
import { BalancerConfig } from './balancer.config.js';

/**
 * Sends a route's requests to one of several models: chooses it, goes on to another when it fails, names it, signs in, counts
 * what it cost. Runs where ai-proxy does and for the same reasons: after request-transformer (801) and the prompt plugins
 * (771 and up), before those that look at a planned exchange (768 and down).
 */
@KongPlugin({ name: 'ai-proxy-advanced', priority: 770, config: AiProxyAdvancedConfig })
export class AiProxyAdvancedPlugin implements Plugin<AiProxyAdvancedConfig, TargetGroup> {
  constructor(private readonly exchanges: LlmExchanges) {}

  configure(config: AiProxyAdvancedConfig, scope: PluginScope): TargetGroup {
    return this.exchanges.groupFor(exchangeOptions(config), scope);
  }

  access(request: AccessRequest, targets: TargetGroup): void | Promise<void> {
    return targets.access(request);
  }

  headerFilter(response: ResponseHead, targets: TargetGroup): void {
    targets.headerFilter(response);
  }

  bodyFilter(response: ResponseBody, chunk: Buffer, last: boolean, targets: TargetGroup): Buffer {
    return targets.bodyFilter(response, chunk, last);
  }

  release(targets: TargetGroup): void {
    targets.release();
  }
}

function exchangeOptions(config: AiProxyAdvancedConfig): ExchangeOptions {
  // An access rule that is not applied would let everybody in.
  if (config.acls) throw notBuilt("'acls'", ['none (the acl plugin guards a Route or a Service)']);
  return {
    llmFormat: config.llm_format,
    maxRequestBodySize: config.max_request_body_size,
    modelNameHeader: config.model_name_header,
    responseStreaming: config.response_streaming,
    targets: config.targets.map((target, index) => ({
      config: target,
      weight: target.weight,
      path: `targets.${index}.`,
    })),
    balancing: balancingOptions(config.balancer ?? new BalancerConfig()),
  };
}

function balancingOptions(balancer: BalancerConfig): BalancingOptions {
  const { algorithm, max_fails, fail_timeout, connect_timeout, read_timeout, write_timeout } = balancer;
  return {
    algorithm,
    slots: balancer.slots,
    hashHeader: algorithm === 'consistent-hashing' ? balancer.hash_on_header : undefined,
    latencyStrategy: balancer.latency_strategy,
    usageStrategy: balancer.tokens_count_strategy,
    criteria: new Set(balancer.failover_criteria),
    circuits: max_fails > 0 ? { maxFails: max_fails, failTimeout: fail_timeout } : undefined,
    retries: balancer.retries,
    timeouts: attemptTimeouts(connect_timeout, read_timeout, write_timeout),
  };
}
