import { Injectable } from '@nestjs/common';
import type { Bytes } from '../entities/units.js';
import type { AccessRequest, Plugin, PluginScope, ResponseBody, ResponseHead } from '../pdk/plugin.js';
import type { ExchangeOptions } from './exchange-options.js';
import { LlmExchanges } from './llm-exchanges.js';
import type { TargetGroup } from './target-group.js';

/** What the configurations of these plugins have in common, as Kong calls it. */
interface LlmProxyConfig {
  readonly llm_format: string;
  readonly max_request_body_size: Bytes;
  readonly model_name_header: boolean;
  readonly response_streaming: ExchangeOptions['responseStreaming'];
}

/**
 * A plugin that sends a route's requests to models: in access it reads them and plans where they go, in the filters it reads what
 * comes back. Subclasses say what their configuration makes of targets and balancing, and are plugins by their decorator.
 */
@Injectable()
export abstract class LlmProxyPlugin<Config extends LlmProxyConfig> implements Plugin<Config, TargetGroup> {
  constructor(private readonly exchanges: LlmExchanges) {}

  /** Throws when the configuration asks for what is not built. */
  protected abstract routing(config: Config): Pick<ExchangeOptions, 'targets' | 'balancing'>;

  configure(config: Config, scope: PluginScope): TargetGroup {
    const options: ExchangeOptions = {
      llmFormat: config.llm_format,
      maxRequestBodySize: config.max_request_body_size,
      modelNameHeader: config.model_name_header,
      responseStreaming: config.response_streaming,
      ...this.routing(config),
    };
    return this.exchanges.groupFor(options, scope);
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
