import { Injectable, Logger } from '@nestjs/common';
import { ConfigStore, type Readied, type SnapshotUser } from '../config/config-store.js';
import { Settings } from '../config/settings.js';
import { EMPTY_SNAPSHOT, type Snapshot } from '../config/snapshot.js';
import { Vaults } from '../config/vault-references.js';
import type { Route } from '../entities/route.js';
import type { Service } from '../entities/service.js';
import { PluginRegistry } from '../plugins/plugin-registry.js';
import { RouteTable } from '../routing/route-table.js';
import { ChainTable } from './chain-table.js';
import { PreparedPlugins } from './prepared-plugins.js';
import { ServicePlanner, type ServicePlans } from './service-plan.js';
import { TlsContexts } from './tls-contexts.js';

const logger = new Logger('config');

/**
 * Everything built from one snapshot: the route table, the plugin chains, the plans for plain Services. A request holds
 * the runtime it began with; when a newer one is in place and the last request has let go, what only this one held is
 * released.
 */
export class Runtime {
  private users = 0;
  private retired = false;

  constructor(
    readonly snapshot: Snapshot,
    readonly routes: RouteTable,
    readonly chains: ChainTable,
    readonly plans: ServicePlans,
    readonly tls: TlsContexts,
    readonly prepared: PreparedPlugins,
  ) {}

  enter(): void {
    this.users += 1;
  }

  leave(): void {
    this.users -= 1;
    this.releaseIfUnused();
  }

  retire(): void {
    this.retired = true;
    this.releaseIfUnused();
  }

  private releaseIfUnused(): void {
    if (!this.retired || this.users > 0) return;
    this.plans.release();
    this.prepared.release().catch((error: Error) => logger.error(`releasing a configuration failed: ${error.message}`));
  }
}

/** The runtime in force. */
@Injectable()
export class Runtimes implements SnapshotUser {
  private inForce: Runtime;

  constructor(
    store: ConfigStore,
    private readonly registry: PluginRegistry,
    private readonly planner: ServicePlanner,
    private readonly settings: Settings,
  ) {
    const nothing = RouteTable.compile([], [], { flavor: settings.routerFlavor });
    const plans = planner.plansFor(EMPTY_SNAPSHOT, Vaults.of(EMPTY_SNAPSHOT, settings));
    const { NONE } = PreparedPlugins;
    this.inForce = new Runtime(EMPTY_SNAPSHOT, nothing, new ChainTable([]), plans, TlsContexts.NONE, NONE);
    store.register(this);
  }

  current(): Runtime {
    return this.inForce;
  }

  async prepare(snapshot: Snapshot): Promise<Readied> {
    const before = this.inForce;
    const vaults = Vaults.of(snapshot, this.settings);
    const services = snapshot.all<Service>('services');
    const routes = RouteTable.compile([...snapshot.all<Route>('routes').values()], [...services.values()], {
      flavor: this.settings.routerFlavor,
    });
    const tls = TlsContexts.from(snapshot, vaults);
    // From here on what was opened has to be closed again where the snapshot is refused after all.
    const plans = this.planner.plansFor(snapshot, vaults);
    const prepared = await PreparedPlugins.prepare(snapshot, this.registry, vaults, before.prepared).catch(
      (error: unknown) => {
        plans.release();
        throw error;
      },
    );
    const runtime = new Runtime(snapshot, routes, new ChainTable(prepared.instances), plans, tls, prepared);
    return {
      commit: () => {
        this.inForce = runtime;
        before.retire();
      },
      abandon: () => runtime.retire(),
    };
  }
}
