import { LlmProxyPlugin } from '../../exchange/llm-proxy-plugin.js';
import { HTTP_OR_WEBSOCKET, KongPlugin } from '../../pdk/plugin.js';
import { AiProxyConfig } from './ai-proxy.config.js';

/**
 * Sends a route's requests to one model: names it, signs in, counts what it cost. Runs after whatever authenticates, limits or
 * rewrites a request (request-transformer, 801) and after the prompt plugins (771 and up), so that it sees the final request;
 * before those that look at an exchange already planned (ai-response-transformer, 768).
 */
@KongPlugin({ name: 'ai-proxy', priority: 770, config: AiProxyConfig, protocols: HTTP_OR_WEBSOCKET })
export class AiProxyPlugin extends LlmProxyPlugin<AiProxyConfig> {
  /** One target: what there is of retries and time-outs is the Service's. */
  protected routing(config: AiProxyConfig) {
    return {
      targets: [{ config, weight: 100, path: '' }],
      balancing: {
        algorithm: 'round-robin',
        latencyStrategy: 'e2e',
        usageStrategy: 'total-tokens',
        criteria: new Set(['error', 'timeout']),
        retries: undefined,
        timeouts: undefined,
      },
    } as const;
  }
}
