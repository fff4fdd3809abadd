import { Injectable } from '@nestjs/common';
import { AiRegistry } from '../ai/ai-registry.js';
import { Balancers } from '../balancing/balancer.js';
import { Settings } from '../config/settings.js';
import { PRODUCT } from '../entities/product.js';
import type { PluginScope } from '../pdk/plugin.js';
import { Resolver } from '../transport/resolver.js';
import type { ExchangeOptions } from './exchange-options.js';
import { type ExchangeRooms, TargetGroup } from './target-group.js';

/** What AI plugins inject: makes of a configuration the targets and rules that act on requests. */
@Injectable()
export class LlmExchanges {
  private readonly rooms: ExchangeRooms;

  constructor(registry: AiRegistry, balancers: Balancers, resolver: Resolver, { headersUpstream }: Settings) {
    const requestIdHeader = headersUpstream.has('X-Kong-Request-Id') ? 'X-Kong-Request-Id' : undefined;
    this.rooms = { registry, balancers, resolver, forwarding: { viaToken: PRODUCT.token, requestIdHeader } };
  }

  /** Throws when the configuration asks for what is not built. The caller releases the group. */
  groupFor(options: ExchangeOptions, scope: PluginScope): TargetGroup {
    return new TargetGroup(options, this.rooms, scope);
  }
}
