import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { ConsistentHashingAlgorithm } from '../../src/balancing/algorithms/consistent-hashing/consistent-hashing.algorithm.js';
import { LatencyAlgorithm } from '../../src/balancing/algorithms/latency/latency.algorithm.js';
import { LeastConnectionsAlgorithm } from '../../src/balancing/algorithms/least-connections/least-connections.algorithm.js';
import { RoundRobinAlgorithm } from '../../src/balancing/algorithms/round-robin/round-robin.algorithm.js';
import { StickySessionsAlgorithm } from '../../src/balancing/algorithms/sticky-sessions/sticky-sessions.algorithm.js';
import { Balancers } from '../../src/balancing/balancer.js';
import { Settings } from '../../src/config/settings.js';
import { Snapshot } from '../../src/config/snapshot.js';
import { Vaults } from '../../src/config/vault-references.js';
import type { EntityBase } from '../../src/entities/field-types.js';
import type { Route } from '../../src/entities/route.js';
import { Service } from '../../src/entities/service.js';
import type { Target } from '../../src/entities/target.js';
import type { Bytes } from '../../src/entities/units.js';
import type { Upstream } from '../../src/entities/upstream.js';
import { HealthReports } from '../../src/observability/health-reports.js';
import { ProxiedRequest } from '../../src/pdk/proxied-request.js';
import type { UpstreamPlan } from '../../src/pdk/upstream-plan.js';
import { answerExit } from '../../src/proxy/client-answer.js';
import { Exchange } from '../../src/proxy/exchange.js';
import { NO_PHASES } from '../../src/proxy/plugin-chain.js';
import { ServicePlanner, type ServicePlans } from '../../src/proxy/service-plan.js';
import { WholeExchange } from '../../src/proxy/whole-exchange.js';
import { Resolver } from '../../src/transport/resolver.js';
import { UpstreamClient } from '../../src/transport/upstream-client.js';
import { anEntity } from './an-upstream.js';

/** What a desk forwards to: one Service, and the entities it refers to. */
export interface DeskConfiguration {
  /** Fields of the Service; Kong's defaults for the rest. */
  readonly service: Record<string, unknown>;
  readonly route?: Partial<Route>;
  readonly upstream?: Upstream;
  readonly targets?: readonly Target[];
  /** By collection: `certificates`, `ca_certificates`. */
  readonly others?: Readonly<Record<string, readonly EntityBase[]>>;
}

export interface DeskRequest {
  readonly method?: string;
  /** Path and query. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer | Readable;
  /** What a plugin does to the request before it is planned. */
  readonly before?: (request: ProxiedRequest) => void;
  /** A plugin's access phase. Where it answers, that is the answer. */
  readonly access?: (request: ProxiedRequest) => void | Promise<void>;
}

export interface DeskAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The facts of the request, as they are logged. */
  readonly request: ProxiedRequest;
}

export interface DeskRooms {
  readonly resolver?: Resolver;
  readonly maxBodySize?: Bytes;
}

const SERVICE_ID = '11111111-1111-4111-8111-111111111111';

/**
 * A gateway reduced to what becomes of a request to a plain Service: real sockets on both sides, plans and attempts as they
 * run in the product, no routing and no plugins but what a test asks for.
 */
export class ServiceDesk {
  private readonly server = createServer((incoming, outgoing) => this.receive(incoming, outgoing));
  private readonly client = new UpstreamClient({ size: 512, idleTimeout: 10_000, maxRequests: 0 });
  private readonly planner: ServicePlanner;
  private readonly pending: { readonly asked: DeskRequest; readonly took: (request: ProxiedRequest) => void }[] = [];
  readonly reports = new HealthReports();
  plans: ServicePlans;
  private service: Service;
  private route: Partial<Route> | undefined;

  private constructor(
    configuration: DeskConfiguration,
    private readonly rooms: DeskRooms,
  ) {
    const balancers = new Balancers([
      ['round-robin', new RoundRobinAlgorithm()],
      ['consistent-hashing', new ConsistentHashingAlgorithm()],
      ['least-connections', new LeastConnectionsAlgorithm()],
      ['latency', new LatencyAlgorithm()],
      ['sticky-sessions', new StickySessionsAlgorithm()],
    ]);
    const resolver = rooms.resolver ?? new Resolver();
    this.planner = new ServicePlanner(resolver, balancers, this.reports, new Settings());
    this.service = serviceOf(configuration);
    this.route = configuration.route;
    this.plans = this.plansOf(configuration);
  }

  static async open(configuration: DeskConfiguration, rooms: DeskRooms = {}): Promise<ServiceDesk> {
    const desk = new ServiceDesk(configuration, rooms);
    desk.server.listen(0, '127.0.0.1');
    await once(desk.server, 'listening');
    return desk;
  }

  /** A new configuration in place of the one before. */
  load(configuration: DeskConfiguration): void {
    const before = this.plans;
    this.service = serviceOf(configuration);
    this.route = configuration.route;
    this.plans = this.plansOf(configuration);
    before.release();
  }

  async close(): Promise<void> {
    this.plans.release();
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
    await this.client.close();
  }

  /** One request at a time: they are told apart by their order. */
  async ask(asked: DeskRequest = {}): Promise<DeskAnswer> {
    const { outgoing, facts } = this.send(asked);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    return { status: answer.statusCode as number, headers: answer.headers, body: text, request: await facts };
  }

  /** The client goes away at that moment; answers once the gateway has noticed. */
  async askAndLeave(asked: DeskRequest, moment: Promise<unknown>): Promise<ProxiedRequest> {
    const { outgoing, facts } = this.send(asked);
    outgoing.on('error', () => undefined);
    await moment;
    outgoing.destroy();
    return facts;
  }

  private plansOf(configuration: DeskConfiguration): ServicePlans {
    const snapshot = snapshotOf(this.service, configuration);
    return this.planner.plansFor(snapshot, Vaults.of(snapshot, new Settings()));
  }

  private send(asked: DeskRequest) {
    const { method = 'GET', path = '/', headers = {}, body } = asked;
    const facts = new Promise<ProxiedRequest>((took) => this.pending.push({ asked, took }));
    const { port } = this.server.address() as AddressInfo;
    const outgoing = request({ port, method, path, headers: { ...headers }, agent: false });
    if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) outgoing.end(body);
    else body.pipe(outgoing);
    return { outgoing, facts };
  }

  private receive(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { asked, took } = this.pending.shift() as (typeof this.pending)[number];
    const connection = { ...CONNECTION, host: incoming.headers.host ?? '' };
    const now = performance.now();
    const id = '0'.repeat(32);
    const { maxBodySize } = this.rooms;
    const request = new ProxiedRequest(incoming, outgoing, id, now, Date.now(), connection, undefined, maxBodySize);
    request.service = this.service;
    request.route = { preserve_host: false, request_buffering: true, ...this.route } as Route;
    request.path = request.rawPath;
    request.serviceRequest.path = request.rawPath;
    asked.before?.(request);
    const left = once(outgoing, 'close');
    const work = asked.access ? this.access(request, asked.access) : this.forward(request);
    void Promise.all([left, work]).then(() => took(request));
  }

  private async access(request: ProxiedRequest, access: NonNullable<DeskRequest['access']>): Promise<void> {
    request.asker = {
      ask: (_request, limit) => {
        request.plan ??= this.plans.planFor(request);
        return new WholeExchange(request, request.plan as UpstreamPlan, this.client, limit).answer();
      },
    };
    await access(request);
    if (request.exited) answerExit(request, NO_PHASES, ANSWERS);
    else this.forward(request);
  }

  private forward(request: ProxiedRequest): void {
    request.plan ??= this.plans.planFor(request);
    const exchange = new Exchange(request, NO_PHASES, this.client, ANSWERS);
    request.outgoing.once('close', () => {
      if (!request.outgoing.writableFinished) exchange.clientLeft();
    });
    exchange.begin();
  }
}

const CONNECTION = {
  scheme: 'http',
  port: 8000,
  clientIp: '127.0.0.1',
  clientPort: 1,
  peerIp: '127.0.0.1',
  trusted: false,
} as const;

const ANSWERS = {
  errors: { defaultType: 'application/json' },
  own: {
    server: false,
    via: false,
    proxyLatency: false,
    upstreamLatency: false,
    responseLatency: false,
    upstreamStatus: false,
    requestId: false,
    debug: false,
    token: 'sluice/0.0.0',
  },
};

function serviceOf({ service }: DeskConfiguration): Service {
  return anEntity(Service, { id: SERVICE_ID, name: 'service', ...service });
}

function snapshotOf(service: Service, { upstream, targets = [], others = {} }: DeskConfiguration): Snapshot {
  const owned = targets.map((target) => ({ ...target, upstream: { id: upstream?.id ?? '' } }));
  const collections: Record<string, readonly EntityBase[]> = {
    services: [service],
    upstreams: upstream ? [upstream] : [],
    targets: owned,
    ...others,
  };
  const byId = Object.entries(collections).map(
    ([kind, entities]) => [kind, new Map(entities.map((entity) => [entity.id, entity]))] as const,
  );
  return new Snapshot(new Map(byId), '0'.repeat(32));
}
