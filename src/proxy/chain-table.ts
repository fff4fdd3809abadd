import type { Route } from '../entities/route.js';
import type { Service } from '../entities/service.js';
import type { ProxiedRequest } from '../pdk/proxied-request.js';
import { accessOrder } from './access-order.js';
import { PluginChain, type PluginInstance, type Turn } from './plugin-chain.js';

/** A scope as a key: which of consumer, group, route and service an instance is attached to. */
const key = (route?: string, service?: string, consumer?: string, group?: string): string =>
  `${route ?? ''} ${service ?? ''} ${consumer ?? ''} ${group ?? ''}`;

/** The instances of one plugin by scope, and the choice among them. */
class Scopes {
  private readonly instances = new Map<string, PluginInstance>();
  private byConsumer = false;

  add(instance: PluginInstance): void {
    const { route, service, consumer, consumer_group } = instance.entity;
    if (consumer || consumer_group) this.byConsumer = true;
    this.instances.set(key(route?.id, service?.id, consumer?.id, consumer_group?.id), instance);
  }

  get dependsOnConsumer(): boolean {
    return this.byConsumer;
  }

  /**
   * The first that exists, most specific first; one replaces the other, they are never merged. Of several groups the one
   * whose name comes first counts. Source: Kong kong/runloop/plugins_iterator.lua (lookup_cfg), and its documentation
   * for the places of consumer groups.
   */
  choose(
    route?: string,
    service?: string,
    consumer?: string,
    groups: readonly string[] = [],
  ): PluginInstance | undefined {
    const { instances } = this;
    const ofGroups = (r?: string, s?: string): PluginInstance | undefined => {
      for (const group of groups) {
        const found = instances.get(key(r, s, undefined, group));
        if (found) return found;
      }
      return undefined;
    };
    const ofConsumer = (r?: string, s?: string) =>
      consumer === undefined ? undefined : instances.get(key(r, s, consumer));
    return (
      (route && service && (ofConsumer(route, service) ?? ofGroups(route, service))) ||
      (route && ofConsumer(route)) ||
      (service && ofConsumer(undefined, service)) ||
      (route && ofGroups(route)) ||
      (service && ofGroups(undefined, service)) ||
      (route && service && instances.get(key(route, service))) ||
      ofConsumer() ||
      ofGroups() ||
      (route && instances.get(key(route))) ||
      (service && instances.get(key(undefined, service))) ||
      instances.get(key()) ||
      undefined
    );
  }
}

/** Who acts on which request: every plugin chain of a snapshot, by Route and Service. */
export class ChainTable {
  private readonly scopes = new Map<string, Scopes>();
  private readonly chains = new Map<Route, PluginChain>();
  /** For requests that no Route matched, and for the rewrite phase: the global instances. */
  readonly global: PluginChain;

  /** `instances`: enabled ones only, those of higher priority first, and by name descending among equals (Kong). */
  constructor(instances: readonly PluginInstance[]) {
    for (const instance of instances) {
      let scopes = this.scopes.get(instance.name);
      if (!scopes) {
        scopes = new Scopes();
        this.scopes.set(instance.name, scopes);
      }
      scopes.add(instance);
    }
    this.global = this.chain(undefined, undefined, true);
  }

  chainFor(route: Route, service: Service | undefined): PluginChain {
    let chain = this.chains.get(route);
    if (!chain) {
      chain = this.chain(route.id, service?.id, false);
      this.chains.set(route, chain);
    }
    return chain;
  }

  private chain(route: string | undefined, service: string | undefined, globalOnly: boolean): PluginChain {
    const turns: Turn[] = [];
    for (const [name, scopes] of this.scopes) {
      const always = scopes.choose(route, service);
      const ordering = always?.entity.ordering;
      if (globalOnly || !scopes.dependsOnConsumer) {
        if (always) turns.push({ name, always, ordering, instanceFor: () => always });
        continue;
      }
      const instanceFor = ({ consumer, consumerGroupIds }: ProxiedRequest) =>
        scopes.choose(route, service, consumer?.id, consumerGroupIds);
      turns.push({ name, always: undefined, ordering, instanceFor });
    }
    return new PluginChain(turns, accessOrder(turns));
  }
}
