import type { ExchangeOptions } from '../../exchange/exchange-options.js';
import { LlmExchanges } from '../../exchange/llm-exchanges.js';
import type { TargetGroup } from '../../exchange/target-group.js';
import type { ResponseHead } from '../../pdk/plugin.js';
import { type AccessRequest, KongPlugin, type Plugin, type PluginScope, type ResponseBody } from '../../pdk/plugin.js';
import { AiProxyConfig } from './ai-proxy.config.js';

/**
 * Sends a route's requests to one model: names it, signs in, counts what it cost. Runs after whatever authenticates, limits or
 * rewrites a request (request-transformer, 801) and after the prompt plugins (771 and up), so that it sees the final request;
 * before those that look at an exchange already planned (ai-response-transformer, 768).
 */
@KongPlugin({ name: 'ai-proxy', priority: 770, config: AiProxyConfig })
export class AiProxyPlugin implements Plugin<AiProxyConfig, TargetGroup> {
  constructor(private readonly exchanges: LlmExchanges) {}

  configure(config: AiProxyConfig, scope: PluginScope): TargetGroup {
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

/** One target: what there is of retries and time-outs is the Service's. */
function exchangeOptions(config: AiProxyConfig): ExchangeOptions {
  return {
    llmFormat: config.llm_format,
    maxRequestBodySize: config.max_request_body_size,
    modelNameHeader: config.model_name_header,
    responseStreaming: config.response_streaming,
    targets: [{ config, weight: 100, path: '' }],
    balancing: {
      algorithm: 'round-robin',
      latencyStrategy: 'e2e',
      usageStrategy: 'total-tokens',
      criteria: new Set(['error', 'timeout']),
      retries: undefined,
      timeouts: undefined,
    },
  };
}
