import type { PluginEntity } from '../entities/plugin-entity.js';
import type { Plugin } from '../pdk/plugin.js';
import type { ProxiedRequest } from '../pdk/proxied-request.js';

/** A Plugin entity made ready: its code, and what `configure` made of its configuration. */
export interface PluginInstance {
  readonly name: string;
  readonly entity: PluginEntity;
  readonly plugin: Plugin;
  readonly prepared: unknown;
}

/** The instances that act on one request, by phase, each in order. */
export interface PhaseLists {
  readonly headerFilter: readonly PluginInstance[];
  readonly bodyFilter: readonly PluginInstance[];
  readonly log: readonly PluginInstance[];
}

export const NO_PHASES: PhaseLists = { headerFilter: [], bodyFilter: [], log: [] };

/** One plugin's turn in a chain: which of its instances acts, once the consumer is known. */
export interface Turn {
  readonly name: string;
  readonly instanceFor: (request: ProxiedRequest) => PluginInstance | undefined;
  /** The only instance there can be, when the consumer makes no difference. */
  readonly always: PluginInstance | undefined;
  /** Where the turn wants to be, as the instance says that acts for clients nobody knows. */
  readonly ordering: PluginEntity['ordering'];
}

/**
 * What runs for one Route on one Service: a turn per plugin name, in order. Built once per snapshot. Where no instance is
 * attached to a consumer or group, the lists of all phases are known beforehand (`fixed`) and a request chooses nothing.
 */
export class PluginChain {
  readonly fixed: PhaseLists | undefined;
  readonly fixedAccess: readonly PluginInstance[];

  constructor(
    readonly turns: readonly Turn[],
    /** Turns in the order of the access phase, which `ordering` may have changed; the other phases keep `turns`. */
    readonly accessTurns: readonly Turn[] = turns,
  ) {
    const isFixed = turns.every((turn) => turn.always !== undefined);
    const always = (list: readonly Turn[]) => list.map((turn) => turn.always as PluginInstance);
    this.fixed = isFixed ? phaseLists(always(turns)) : undefined;
    this.fixedAccess = isFixed ? always(accessTurns).filter(({ plugin }) => plugin.access) : [];
  }

  /** The lists for a request whose instances were chosen one by one in access. */
  listsOf(chosen: ReadonlyMap<string, PluginInstance>): PhaseLists {
    return phaseLists(this.turns.flatMap(({ name }) => chosen.get(name) ?? []));
  }
}

function phaseLists(instances: readonly PluginInstance[]): PhaseLists {
  return {
    headerFilter: instances.filter(({ plugin }) => plugin.headerFilter),
    bodyFilter: instances.filter(({ plugin }) => plugin.bodyFilter),
    log: instances.filter(({ plugin }) => plugin.log),
  };
}
