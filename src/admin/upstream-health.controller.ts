import { Controller, Get, HttpException, type OnModuleInit, Param, Put, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { UpstreamBalancer } from '../balancing/upstream-balancer.js';
import { balancerHealth, targetHealth } from '../balancing/upstream-health.js';
import { ConfigStore } from '../config/config-store.js';
import { Settings } from '../config/settings.js';
import type { EntityDefinition } from '../entities/entity.js';
import { EntityRegistry } from '../entities/entity-registry.js';
import type { EntityBase } from '../entities/field-types.js';
import { hostInUrl } from '../entities/host.js';
import { type Target, targetAddress } from '../entities/target.js';
import type { Upstream } from '../entities/upstream.js';
import { Siblings } from '../processes/siblings.js';
import { Runtimes } from '../proxy/runtime.js';
import { entityKey, find, referenceOf } from '../store/entity-key.js';
import { type AdminAnswer, answered, NO_CONTENT, NOT_FOUND, ok, send } from './admin-answer.js';
import { EntityJson } from './entity-json.js';
import { type PageQuery, pageOf, shownPage } from './entity-page.js';

const TOPIC = 'target marked';

interface HealthQuery extends PageQuery {
  readonly balancer_health?: string;
}

/** An operator's word on a Target, for every process. */
interface Mark {
  readonly upstream: string;
  readonly target: string;
  readonly state: 'healthy' | 'unhealthy';
  /** `ip:port`; left out: all addresses of the Target. */
  readonly address?: string;
}

/** How the Targets of an Upstream are, and what an operator says of them. Source: Kong kong/api/routes/upstreams.lua. */
@Controller('upstreams/:upstreams')
export class UpstreamHealthController implements OnModuleInit {
  constructor(
    private readonly config: ConfigStore,
    private readonly registry: EntityRegistry,
    private readonly runtimes: Runtimes,
    private readonly settings: Settings,
    private readonly siblings: Siblings,
    private readonly json: EntityJson,
  ) {}

  onModuleInit(): void {
    this.siblings.answer<Mark>(TOPIC, (mark) => this.apply(mark));
  }

  @Get('health')
  health(@Param('upstreams') part: string, @Query() query: HealthQuery, @Res() reply: FastifyReply) {
    const upstream = this.upstreamNamed(part);
    if (!upstream) return send(reply, NOT_FOUND);
    const balancer = this.balancerOf(upstream.id);
    const { nodeId: node_id } = this.settings;
    if (query.balancer_health === '1') {
      return send(reply, ok({ data: balancer ? balancerHealth(balancer) : null, next: null, node_id }));
    }
    const show = (target: EntityBase) => ({ ...this.json.of(target), ...shownHealth(balancer, target.id) });
    const nextPath = (offset: string) => `/upstreams/${part}/health?offset=${offset}`;
    const page = pageOf(this.targetsOf(upstream), query);
    return send(
      reply,
      answered(page, (found) => ok({ ...shownPage(found, show, nextPath), node_id })),
    );
  }

  /** Targets replaced by newer ones of the same address are not kept, so all of them are those there are. */
  @Get('targets/all')
  allTargets(@Param('upstreams') part: string, @Query() query: PageQuery, @Res() reply: FastifyReply) {
    const upstream = this.upstreamNamed(part);
    if (!upstream) return send(reply, NOT_FOUND);
    const nextPath = (offset: string) => `/upstreams/${part}/targets/all?offset=${offset}`;
    const page = pageOf(this.targetsOf(upstream), query);
    return send(
      reply,
      answered(page, (found) => ok(shownPage(found, (target) => this.json.of(target), nextPath))),
    );
  }

  @Put(['targets/:targets/healthy', 'targets/:targets/:address/healthy'])
  healthy(@Param() path: TargetPath, @Res() reply: FastifyReply) {
    return send(reply, this.mark(path, 'healthy'));
  }

  @Put(['targets/:targets/unhealthy', 'targets/:targets/:address/unhealthy'])
  unhealthy(@Param() path: TargetPath, @Res() reply: FastifyReply) {
    return send(reply, this.mark(path, 'unhealthy'));
  }

  private async mark(
    { upstreams: part, targets: targetPart, address: written }: TargetPath,
    state: Mark['state'],
  ): Promise<AdminAnswer> {
    const upstream = this.upstreamNamed(part);
    const target =
      upstream && this.targetsOf(upstream).find((one) => one.id === targetPart || one.target === targetPart);
    if (!upstream || !target) return NOT_FOUND;
    // An address has the port that a target would have.
    const named = written === undefined ? undefined : targetAddress(written);
    const address = named ? `${hostInUrl(named.host)}:${named.port}` : written;
    const mark: Mark = { upstream: upstream.id, target: target.id, state, ...(address !== undefined && { address }) };
    const others = await this.siblings.ask<boolean>(TOPIC, mark);
    if (this.apply(mark) || others.includes(true)) return NO_CONTENT;
    throw new HttpException({ message: `target ${target.target} has no address ${address ?? 'yet'}` }, 400);
  }

  /** Answers whether this process has such an address. */
  private apply({ upstream, target, state, address }: Mark): boolean {
    const balancer = this.balancerOf(upstream);
    const marked = balancer?.targets.find(({ entity }) => entity.id === target);
    return balancer !== undefined && marked !== undefined && balancer.mark(marked, state, address);
  }

  private upstreamNamed(part: string): Upstream | undefined {
    const definition = this.registry.entity('upstreams') as EntityDefinition;
    const key = entityKey(definition, part);
    return key && (find(this.config.snapshot(), definition, key) as Upstream | undefined);
  }

  private targetsOf({ id }: Upstream): Target[] {
    return [...this.config.snapshot().all<Target>('targets').values()].filter(
      (target) => referenceOf(target, 'upstream') === id,
    );
  }

  private balancerOf(id: string): UpstreamBalancer | undefined {
    return this.runtimes.current().plans.upstream(id);
  }
}

interface TargetPath {
  readonly upstreams: string;
  readonly targets: string;
  readonly address?: string;
}

function shownHealth(balancer: UpstreamBalancer | undefined, targetId: string): object {
  const target = balancer?.targets.find(({ entity }) => entity.id === targetId);
  return balancer && target ? targetHealth(balancer, target) : {};
}
