import { hostname } from 'node:os';
import { Controller, Get } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { EntityRegistry } from '../entities/entity-registry.js';
import { PRODUCT } from '../entities/product.js';

/** The version of Kong whose Admin API this is; decK chooses its ways by it. */
export const KONG_VERSION = '3.9.3';

/** What the node says of itself (Kong: `GET /`). */
@Controller()
export class NodeController {
  constructor(
    private readonly settings: Settings,
    private readonly entities: EntityRegistry,
  ) {}

  @Get()
  describe(): object {
    const plugins = this.entities.plugins();
    const available = plugins.map(({ name, version, priority }) => [name, { version, priority }]);
    return {
      tagline: `Welcome to ${PRODUCT.name}`,
      version: KONG_VERSION,
      edition: 'community',
      hostname: hostname(),
      node_id: this.settings.nodeId,
      plugins: { available_on_server: Object.fromEntries(available), enabled_in_cluster: [] },
      configuration: { database: this.settings.database },
      pids: { master: process.pid, workers: [process.pid] },
    };
  }
}
