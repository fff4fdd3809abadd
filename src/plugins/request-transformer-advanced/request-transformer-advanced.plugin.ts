import { Logger } from '@nestjs/common';
import { Settings } from '../../config/settings.js';
import { type AccessRequest, HTTP_PROTOCOLS, KongPlugin, type Plugin } from '../../pdk/plugin.js';
import { MEMBER_NAMES, PATH_NAMES } from '../../transforming/json-place.js';
import { RequestTransformation } from '../../transforming/request-transformation.js';
import { RequestTransformerAdvancedConfig } from './request-transformer-advanced.config.js';

/**
 * What request-transformer does, and: JSON values that are no strings, names that descend into a document, a list of the
 * only parameters that may remain. Just before request-transformer, as in Kong; where both are configured that one has
 * the last word.
 */
@KongPlugin({
  name: 'request-transformer-advanced',
  priority: 802,
  config: RequestTransformerAdvancedConfig,
  protocols: HTTP_PROTOCOLS,
})
export class RequestTransformerAdvancedPlugin
  implements Plugin<RequestTransformerAdvancedConfig, RequestTransformation>
{
  private readonly logger = new Logger('request-transformer-advanced');

  constructor(private readonly settings: Settings) {}

  configure(config: RequestTransformerAdvancedConfig): RequestTransformation {
    const allowed = config.allow.body;
    return new RequestTransformation(config, {
      trust: this.settings.untrustedLua,
      names: config.dots_in_keys === false ? PATH_NAMES : MEMBER_NAMES,
      jsonSuffix: true,
      ...(allowed && allowed.length > 0 && { allowed }),
      warn: (message) => this.logger.warn(message),
    });
  }

  access(request: AccessRequest, transformation: RequestTransformation): void | Promise<void> {
    return transformation.apply(request);
  }
}
