import type { UpstreamBalancer } from './upstream-balancer.js';
import type { TargetAddress, UpstreamTarget } from './upstream-target.js';

/** Kong's words for how an address, a Target or an Upstream is. */
export type HealthWord = 'HEALTHY' | 'UNHEALTHY' | 'HEALTHCHECKS_OFF' | 'DNS_ERROR';

export interface ShownWeight {
  readonly total: number;
  readonly available: number;
  readonly unavailable: number;
}

/** A Target as `GET /upstreams/{upstream}/health` shows it, beside its own fields. Source: Kong kong/api/endpoints. */
export interface ShownTargetHealth {
  readonly health: HealthWord;
  readonly data: {
    readonly host: string;
    readonly port: number;
    readonly dns: string;
    readonly nodeWeight: number;
    readonly weight: ShownWeight;
    readonly addresses: readonly {
      readonly ip: string;
      readonly port: number;
      readonly health: HealthWord;
      readonly weight: number;
    }[];
  };
}

/** A Target's health, in Kong's shape. */
export function targetHealth(balancer: UpstreamBalancer, target: UpstreamTarget): ShownTargetHealth {
  const addresses = target.addresses.map((address) => ({
    ip: address.ip,
    port: address.port,
    health: addressHealth(balancer, address),
    weight: address.weight,
  }));
  return { health: overall(balancer, target), data: { ...common(balancer, target), addresses } };
}

/** An Upstream as `?balancer_health=1` shows it. */
export interface ShownBalancerHealth {
  readonly id: string;
  readonly health: HealthWord;
  readonly details: {
    readonly healthy: boolean;
    readonly weight: ShownWeight;
    readonly hosts: readonly object[];
  };
}

/** An Upstream's health, in Kong's shape. */
export function balancerHealth(balancer: UpstreamBalancer): ShownBalancerHealth {
  const { entity, isHealthy, checksHealth, targets } = balancer;
  const hosts = targets.map((target) => ({
    ...common(balancer, target),
    addresses: target.addresses.map((address) => ({
      ip: address.ip,
      port: address.port,
      weight: address.weight,
      healthy: balancer.healthOf(address) === 'healthy',
    })),
  }));
  return {
    id: entity.id,
    health: checksHealth ? (isHealthy ? 'HEALTHY' : 'UNHEALTHY') : 'HEALTHCHECKS_OFF',
    details: { healthy: isHealthy, weight: shownWeight(balancer, undefined), hosts },
  };
}

/** `HEALTHCHECKS_OFF` where only operators judge. */
export function addressHealth(balancer: UpstreamBalancer, address: TargetAddress): HealthWord {
  if (!balancer.checksHealth) return 'HEALTHCHECKS_OFF';
  return balancer.healthOf(address) === 'healthy' ? 'HEALTHY' : 'UNHEALTHY';
}

function common(balancer: UpstreamBalancer, target: UpstreamTarget) {
  const { host, port, dns, entity, addresses } = target;
  return { host, port, dns, nodeWeight: entity.weight, weight: shownWeight(balancer, addresses) };
}

function shownWeight(balancer: UpstreamBalancer, addresses: readonly TargetAddress[] | undefined): ShownWeight {
  const { total, available } = balancer.weights(addresses);
  return { total, available, unavailable: total - available };
}

/** A Target is as healthy as its healthiest address. */
function overall(balancer: UpstreamBalancer, { state, addresses }: UpstreamTarget): HealthWord {
  if (state === 'dns-error') return 'DNS_ERROR';
  if (!balancer.checksHealth) return 'HEALTHCHECKS_OFF';
  return addresses.some((address) => balancer.healthOf(address) === 'healthy') ? 'HEALTHY' : 'UNHEALTHY';
}
