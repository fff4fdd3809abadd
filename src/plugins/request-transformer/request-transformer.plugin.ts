import { Injectable } from '@nestjs/common';
import { type AccessRequest, KongPlugin, type Plugin } from '../../pdk/plugin.js';
import { RequestTransformation } from '../../transforming/request-transformation.js';
import { RequestTransformerConfig } from './request-transformer.config.js';

/**
 * Changes what goes upstream: path, method, headers, query string, body. Runs after authentication, so that it can hide
 * or rewrite credentials, and before the AI plugins, which then read the request as it was transformed.
 */
@Injectable()
@KongPlugin({ name: 'request-transformer', priority: 801, config: RequestTransformerConfig })
export class RequestTransformerPlugin implements Plugin<RequestTransformerConfig, RequestTransformation> {
  configure(config: RequestTransformerConfig): RequestTransformation {
    return new RequestTransformation(config);
  }

  access(request: AccessRequest, transformation: RequestTransformation): void {
    transformation.apply(request);
  }
}
