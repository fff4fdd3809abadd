import { Logger } from '@nestjs/common';
import { Settings } from '../../config/settings.js';
import { type AccessRequest, KongPlugin, type Plugin } from '../../pdk/plugin.js';
import { RequestTransformation } from '../../transforming/request-transformation.js';
import { RequestTransformerConfig } from './request-transformer.config.js';

/**
 * Changes what goes upstream: path, method, headers, query string, body. Runs after authentication, so that it can hide
 * or rewrite credentials, and before the AI plugins, which then read the request as it was transformed.
 */
@KongPlugin({ name: 'request-transformer', priority: 801, config: RequestTransformerConfig })
export class RequestTransformerPlugin implements Plugin<RequestTransformerConfig, RequestTransformation> {
  private readonly logger = new Logger('request-transformer');

  constructor(private readonly settings: Settings) {}

  configure(config: RequestTransformerConfig): RequestTransformation {
    return new RequestTransformation(config, {
      trust: this.settings.untrustedLua,
      warn: (message) => this.logger.warn(message),
    });
  }

  access(request: AccessRequest, transformation: RequestTransformation): void | Promise<void> {
    return transformation.apply(request);
  }
}
