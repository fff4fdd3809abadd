import type { ForwardingOptions } from '../pdk/forwarded-headers.js';
import type { Resolver } from '../transport/resolver.js';
import type { BalancingOptions } from './exchange-options.js';

/** What holds for every exchange of one AI plugin, decided when it was configured. */
export interface ExchangeRules {
  readonly pluginId: string;
  readonly modelNameHeader: boolean;
  readonly balancing: BalancingOptions;
  /** Statuses that count towards opening a target's circuit. */
  readonly failureStatuses: ReadonlySet<number>;
  /** Whether targets are compared by what only a usage report tells. */
  readonly balancesByUsage: boolean;
  readonly resolver: Resolver;
  readonly forwarding: ForwardingOptions;
}
