import { Body, Controller, Get, HttpCode, HttpException, Post, Query } from '@nestjs/common';
import { ConfigStore } from '../config/config-store.js';
import { NodeState } from '../observability/node-state.js';
import { memoryFormat, memoryReport } from './memory-report.js';
import { NodeReport, together } from './node-report.js';

/** A member of a query, which may be there more than once. */
type Repeatable = string | readonly string[];

const lastOf = (value: Repeatable | undefined): string | undefined =>
  value === undefined ? value : [value].flat().at(-1);

/** How the node is doing, for people and load balancers. Served on the Status API's port and on the Admin API's. */
@Controller('status')
export class StatusController {
  constructor(
    private readonly node: NodeState,
    private readonly report: NodeReport,
    private readonly configStore: ConfigStore,
  ) {}

  @Get()
  async status(@Query('unit') unit?: Repeatable, @Query('scale') scale?: Repeatable): Promise<object> {
    const format = memoryFormat(lastOf(unit), lastOf(scale));
    if ('error' in format) throw new HttpException({ message: format.error }, 400);
    const processes = await this.report.ofAllProcesses();
    const memory = processes.map((each) => each.memory);
    const traffic = together(processes.map((each) => each.traffic));
    return {
      memory: memoryReport(memory, format),
      server: {
        connections_accepted: traffic.accepted,
        connections_active: traffic.active,
        connections_handled: traffic.handled,
        connections_reading: 0,
        connections_waiting: traffic.waiting,
        connections_writing: traffic.writing,
        total_requests: traffic.requests,
      },
      ...this.configuration(),
    };
  }

  /** Without a database Kong tells which configuration is in force, with one whether it can be reached. */
  private configuration(): object {
    const { kind, reachable } = this.node.datastore;
    if (kind === 'off') return { configuration_hash: this.configStore.snapshot().hash };
    return { database: { reachable } };
  }

  @Get('ready')
  ready(): object {
    const readiness = this.node.readiness();
    if (!readiness.ready) throw new HttpException({ message: readiness.reason }, 503);
    return { message: 'ready' };
  }

  /** Sends load balancers away ahead of a stop, while requests are still served. There is no way back. */
  @Post('ready')
  @HttpCode(204)
  async drain(@Body() body?: { readonly status?: unknown }): Promise<void> {
    const status = body?.status;
    if (status !== 'draining') {
      throw new HttpException({ message: `invalid status '${String(status)}' (expected 'draining')` }, 400);
    }
    await this.report.drainAllProcesses();
  }
}
