import { Injectable, Logger } from '@nestjs/common';
import { Balancers } from '../balancing/balancer.js';
import type { UpstreamBalancer } from '../balancing/upstream-balancer.js';
import { UpstreamBalancers, type UpstreamLease } from '../balancing/upstream-balancers.js';
import { Settings } from '../config/settings.js';
import type { Snapshot } from '../config/snapshot.js';
import type { Vaults } from '../config/vault-references.js';
import { PRODUCT } from '../entities/product.js';
import type { Service } from '../entities/service.js';
import type { Target } from '../entities/target.js';
import type { Upstream } from '../entities/upstream.js';
import { HealthReports } from '../observability/health-reports.js';
import type { ForwardingOptions } from '../pdk/forwarded-headers.js';
import type { ProxiedRequest } from '../pdk/proxied-request.js';
import type { UpstreamPlan } from '../pdk/upstream-plan.js';
import type { UpstreamTls } from '../transport/attempt.js';
import { Resolver } from '../transport/resolver.js';
import { ServiceAddresses } from './service-addresses.js';
import { ServiceAttempts, type ServiceRoad } from './service-attempts.js';
import { HostDestination } from './service-destination.js';
import { ServiceTls } from './service-tls.js';
import { targetStates } from './target-states.js';
import { UpstreamDestination } from './upstream-destination.js';

const logger = new Logger('health');

/** Makes the plans for plain Services: those whose requests no AI plugin takes elsewhere. */
@Injectable()
export class ServicePlanner {
  private readonly forwarding: ForwardingOptions;
  private readonly upstreams: UpstreamBalancers;
  private readonly tls: ServiceTls;

  constructor(
    private readonly resolver: Resolver,
    balancers: Balancers,
    reports: HealthReports,
    settings: Settings,
  ) {
    this.tls = new ServiceTls(settings);
    const requestIdHeader = settings.headersUpstream.has('X-Kong-Request-Id') ? 'X-Kong-Request-Id' : undefined;
    this.forwarding = { viaToken: PRODUCT.token, requestIdHeader };
    this.upstreams = new UpstreamBalancers({
      balancers,
      recordsOf: (host) => resolver.records(host),
      onHealth: ({ name }, { target, ip, port }, state) =>
        logger.warn(`upstream '${name}': target ${target.entity.target} (${ip}:${port}) is ${state}`),
    });
    reports.addTargets(() => targetStates(this.upstreams.newest()));
    reports.addCircuits(() => balancers.circuits());
  }

  /** Everything that can be decided about a snapshot's Services before a request comes. The caller releases it. */
  plansFor(snapshot: Snapshot, vaults: Vaults): ServicePlans {
    const tlsOf = this.tls.from(snapshot, vaults);
    const leases = new Map<string, UpstreamLease>();
    const targets = targetsByUpstream(snapshot);
    for (const upstream of snapshot.all<Upstream>('upstreams').values()) {
      leases.set(upstream.name, this.upstreams.lease(upstream, targets.get(upstream.id) ?? []));
    }
    const roads = new Map<string, ServiceRoad>();
    for (const service of snapshot.all<Service>('services').values()) {
      const upstream = leases.get(service.host)?.balancer;
      roads.set(service.id, this.roadTo(service, upstream, tlsOf(service, upstream?.entity)));
    }
    return new ServicePlans(roads, [...leases.values()]);
  }

  /** A Service whose host is an Upstream's name goes to that Upstream's Targets. */
  private roadTo(service: Service, upstream: UpstreamBalancer | undefined, tls: UpstreamTls | undefined): ServiceRoad {
    const { connect_timeout: connect, read_timeout: read, write_timeout: write } = service;
    const grpc = service.protocol === 'grpc' || service.protocol === 'grpcs';
    return {
      service,
      destination: upstream
        ? new UpstreamDestination(upstream, this.resolver)
        : new HostDestination(service.host, service.port, this.resolver),
      grpc,
      addresses: new ServiceAddresses(tls, grpc),
      timeouts: { connect, head: read, idle: read, write },
      forwarding: this.forwarding,
    };
  }
}

/** The plans of one snapshot. */
export class ServicePlans {
  constructor(
    private readonly roads: ReadonlyMap<string, ServiceRoad>,
    private readonly leases: readonly UpstreamLease[],
  ) {}

  /** `undefined`: the request's Route has no Service. */
  planFor(request: ProxiedRequest): UpstreamPlan | undefined {
    const road = request.service && this.roads.get(request.service.id);
    return road && new ServiceAttempts(road, request);
  }

  /** The Upstream of that id at work, for the health endpoints. */
  upstream(id: string): UpstreamBalancer | undefined {
    return this.leases.find(({ balancer }) => balancer.entity.id === id)?.balancer;
  }

  /** No request uses these plans any more. */
  release(): void {
    for (const lease of this.leases) lease.release();
  }
}

function targetsByUpstream(snapshot: Snapshot): ReadonlyMap<string, readonly Target[]> {
  const byUpstream = new Map<string, Target[]>();
  for (const target of snapshot.all<Target>('targets').values()) {
    const others = byUpstream.get(target.upstream.id);
    if (others) others.push(target);
    else byUpstream.set(target.upstream.id, [target]);
  }
  return byUpstream;
}
