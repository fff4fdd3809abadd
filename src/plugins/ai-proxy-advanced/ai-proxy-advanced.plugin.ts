import { attemptTimeouts } from '../../exchange/attempt-timeouts.js';
import type { BalancingOptions } from '../../exchange/exchange-options.js';
import { LlmProxyPlugin } from '../../exchange/llm-proxy-plugin.js';
import { notBuilt } from '../../exchange/not-built.js';
import { HTTP_OR_WEBSOCKET, KongPlugin } from '../../pdk/plugin.js';
import { AiProxyAdvancedConfig } from './ai-proxy-advanced.config.js';
import { BalancerConfig } from './balancer.config.js';

/**
 * Sends a route's requests to one of several models: chooses it, goes on to another when it fails, names it, signs in, counts
 * what it cost. Runs where ai-proxy does and for the same reasons: after request-transformer (801) and the prompt plugins
 * (771 and up), before those that look at a planned exchange (768 and down).
 */
@KongPlugin({ name: 'ai-proxy-advanced', priority: 770, config: AiProxyAdvancedConfig, protocols: HTTP_OR_WEBSOCKET })
export class AiProxyAdvancedPlugin extends LlmProxyPlugin<AiProxyAdvancedConfig> {
  protected routing({ acls, targets, balancer }: AiProxyAdvancedConfig) {
    // An access rule that is not applied would let everybody in.
    if (acls) throw notBuilt("'acls'", ['nothing in its place']);
    return {
      targets: targets.map((config, index) => ({ config, weight: config.weight, path: `targets.${index}.` })),
      balancing: balancingOptions(balancer ?? new BalancerConfig()),
    };
  }
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
