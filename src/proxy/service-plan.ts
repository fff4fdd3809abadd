import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import type { Snapshot } from '../config/snapshot.js';
import type { CaCertificate, Certificate } from '../entities/certificate.js';
import { PRODUCT } from '../entities/product.js';
import type { Service } from '../entities/service.js';
import type { ForwardingOptions } from '../pdk/forwarded-headers.js';
import type { ProxiedRequest } from '../pdk/proxied-request.js';
import type { UpstreamPlan } from '../pdk/upstream-plan.js';
import type { UpstreamTls } from '../transport/attempt.js';
import { Resolver } from '../transport/resolver.js';
import { ServiceAddresses } from './service-address.js';
import { ServiceAttempts, type ServiceRoad } from './service-attempts.js';
import { HostDestination } from './service-destination.js';

/** Makes the plans for plain Services: those whose requests no AI plugin takes elsewhere. */
@Injectable()
export class ServicePlanner {
  private readonly forwarding: ForwardingOptions;

  constructor(
    private readonly resolver: Resolver,
    { headersUpstream }: Settings,
  ) {
    const requestIdHeader = headersUpstream.has('X-Kong-Request-Id') ? 'X-Kong-Request-Id' : undefined;
    this.forwarding = { viaToken: PRODUCT.token, requestIdHeader };
  }

  /** Everything that can be decided about a snapshot's Services before a request comes. */
  plansFor(snapshot: Snapshot): ServicePlans {
    const roads = new Map<string, ServiceRoad>();
    for (const service of snapshot.all<Service>('services').values())
      roads.set(service.id, this.roadTo(service, snapshot));
    return new ServicePlans(roads);
  }

  private roadTo(service: Service, snapshot: Snapshot): ServiceRoad {
    const { connect_timeout: connect, read_timeout: read, write_timeout: write } = service;
    return {
      service,
      destination: new HostDestination(service.host, service.port, this.resolver),
      addresses: new ServiceAddresses(tlsOf(service, snapshot)),
      timeouts: { connect, head: read, idle: read, write },
      forwarding: this.forwarding,
    };
  }
}

/** The plans of one snapshot. */
export class ServicePlans {
  constructor(private readonly roads: ReadonlyMap<string, ServiceRoad>) {}

  /** `undefined`: the request's Route has no Service. */
  planFor(request: ProxiedRequest): UpstreamPlan | undefined {
    const road = request.service && this.roads.get(request.service.id);
    return road && new ServiceAttempts(road, request);
  }

  /** No request uses these plans any more. */
  release(): void {}
}

const SECURE = new Set(['https', 'grpcs', 'wss', 'tls']);

/** Kong's open-source core does not verify unless it is told to (`tls_verify`). */
function tlsOf(service: Service, snapshot: Snapshot): UpstreamTls | undefined {
  if (!SECURE.has(service.protocol)) return undefined;
  const certificate = snapshot.get<Certificate>('certificates', service.client_certificate?.id);
  const authorities = service.ca_certificates?.flatMap(
    (id) => snapshot.get<CaCertificate>('ca_certificates', id)?.cert ?? [],
  );
  return {
    verify: service.tls_verify === true,
    verifyDepth: service.tls_verify_depth ?? undefined,
    authorities,
    certificate: certificate && { cert: certificate.cert, key: certificate.key },
  };
}
