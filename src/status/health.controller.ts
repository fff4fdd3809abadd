import { Controller, Get } from '@nestjs/common';
import { HealthCheck, HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { NodeState } from '../observability/node-state.js';

/**
 * Whether the process is alive: it is as long as it answers. Readiness is another question (`/status/ready`): a node that
 * drains or waits for its configuration must not be restarted for it.
 */
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly node: NodeState,
  ) {}

  @Get()
  @HealthCheck({ swaggerDocumentation: false })
  check() {
    return this.health.check([() => this.gateway()]);
  }

  private gateway() {
    const { identity, isDraining } = this.node;
    return this.indicators.check('gateway').up({
      node_id: identity.id,
      version: identity.version,
      uptime_seconds: Math.floor(process.uptime()),
      draining: isDraining,
    });
  }
}
