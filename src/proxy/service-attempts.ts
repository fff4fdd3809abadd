import { performance } from 'node:perf_hooks';
import type { Service } from '../entities/service.js';
import { type Milliseconds, milliseconds } from '../entities/units.js';
import { type ForwardingOptions, forwardedHeaders } from '../pdk/forwarded-headers.js';
import type { ProxiedRequest } from '../pdk/proxied-request.js';
import { type AttemptOutcome, type NextAttempt, NON_IDEMPOTENT, type UpstreamPlan } from '../pdk/upstream-plan.js';
import { upstreamHost } from '../routing/upstream-host.js';
import type { AttemptTimeouts } from '../transport/attempt.js';
import { ClientBody } from './client-body.js';
import { MESSAGES } from './error-response.js';
import type { ServiceAddresses } from './service-addresses.js';
import type { Journey, NoPlace, Place, ServiceDestination } from './service-destination.js';

/** What all requests to one Service share; prepared once per snapshot. */
export interface ServiceRoad {
  readonly service: Service;
  /** gRPC's messages go both ways at once: nothing of them is waited for. */
  readonly grpc: boolean;
  readonly destination: ServiceDestination;
  readonly addresses: ServiceAddresses;
  readonly timeouts: AttemptTimeouts;
  readonly forwarding: ForwardingOptions;
}

const TOO_LARGE: NextAttempt = { kind: 'unavailable', status: 413, message: MESSAGES[413] as string };

/**
 * One request on its way to a plain Service: the client's request as plugins left it, to one address after the other until
 * one of them answers. An answer is an answer, whatever its status. Source: Kong kong/runloop/balancer, nginx's
 * proxy_next_upstream.
 */
export class ServiceAttempts implements UpstreamPlan {
  private readonly journey: Journey;
  private body: ClientBody | undefined;
  private tries = 0;
  private retrying = false;
  private since: Milliseconds | undefined;

  constructor(
    private readonly road: ServiceRoad,
    request: ProxiedRequest,
  ) {
    this.journey = road.destination.journey(request);
  }

  get setCookie(): string | undefined {
    return this.journey.setCookie;
  }

  next(request: ProxiedRequest): NextAttempt | Promise<NextAttempt> {
    this.retrying = false;
    this.since = undefined;
    if (this.body) return this.choose(request, this.body);
    const body = new ClientBody(request, this.road.grpc);
    this.body = body;
    const ready = body.ready();
    if (!ready) return this.choose(request, body);
    return ready.then(() => {
      if (request.body.isOverCeiling) return TOO_LARGE;
      this.since = milliseconds(performance.now());
      return this.choose(request, body);
    });
  }

  mayRetry(request: ProxiedRequest, outcome: AttemptOutcome): boolean {
    this.retrying = this.isWorthAnother(request, outcome);
    return this.retrying;
  }

  settle(_request: ProxiedRequest, outcome: AttemptOutcome): void {
    this.journey.settle(outcome, this.retrying);
  }

  private isWorthAnother({ serviceRequest }: ProxiedRequest, outcome: AttemptOutcome): boolean {
    if (outcome.kind !== 'error' && outcome.kind !== 'timeout') return false;
    if (this.tries > this.road.service.retries || this.body?.isRepeatable !== true) return false;
    return !outcome.sent || !NON_IDEMPOTENT.has(serviceRequest.method);
  }

  private choose(request: ProxiedRequest, body: ClientBody): NextAttempt | Promise<NextAttempt> {
    const place = this.journey.next();
    return place instanceof Promise
      ? place.then((found) => this.attempt(request, body, found))
      : this.attempt(request, body, place);
  }

  private attempt(request: ProxiedRequest, body: ClientBody, place: Place | NoPlace): NextAttempt {
    const { method, path: bare, query } = request.serviceRequest;
    // A question mark the client ended with is kept.
    const path = query === undefined ? bare : `${bare}?${query}`;
    if (place.ip === undefined) {
      request.upstreamUri = path;
      return { kind: 'unavailable', status: place.status, message: place.message, reason: place.reason };
    }
    this.tries += 1;
    const { addresses, timeouts, forwarding } = this.road;
    const { ip, port } = place;
    const host = this.hostFor(request, place);
    const headers = forwardedHeaders(request, host, forwarding);
    const { announcedLength } = body;
    if (announcedLength !== undefined) headers.push('Content-Length', String(announcedLength));
    return {
      kind: 'attempt',
      order: {
        address: addresses.at(ip, port, host),
        method,
        path,
        headers,
        body: body.next(),
        timeouts,
      },
      since: this.since,
    };
  }

  /** A plugin's word, the client's own with `preserve_host`, or where the attempt goes. */
  private hostFor({ serviceRequest, route, connection }: ProxiedRequest, { hostname, port }: Place): string {
    if (serviceRequest.hostHeader !== undefined) return serviceRequest.hostHeader;
    const preserveHost = route?.preserve_host === true;
    if (HAS_PORT.test(hostname) && !preserveHost) return hostname;
    const { protocol } = this.road.service;
    return upstreamHost(preserveHost, connection.host, { protocol, host: hostname, port });
  }
}

/** An Upstream's `host_header` may bring a port; the colons of an IPv6 address are none. */
const HAS_PORT = /^[^:]+:\d+$/;
