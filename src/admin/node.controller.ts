import cluster from 'node:cluster';
import { hostname } from 'node:os';
import { Controller, Delete, Get, HttpCode, HttpException } from '@nestjs/common';
import { ConfigStore } from '../config/config-store.js';
import { Settings } from '../config/settings.js';
import { EntityRegistry } from '../entities/entity-registry.js';
import type { PluginEntity } from '../entities/plugin-entity.js';
import { PRODUCT } from '../entities/product.js';
import { KONG_VERSION } from './kong-version.js';
import { shownSettings } from './shown-settings.js';

/** What the node says of itself. Source: Kong kong/api/routes/kong.lua, cache.lua, debug.lua. */
@Controller()
export class NodeController {
  constructor(
    private readonly settings: Settings,
    private readonly registry: EntityRegistry,
    private readonly config: ConfigStore,
  ) {}

  @Get()
  describe(): object {
    const available = this.registry.plugins().map(({ name, version, priority }) => [name, { version, priority }]);
    const configured = [...this.config.snapshot().all<PluginEntity>('plugins').values()].map(({ name }) => name);
    return {
      tagline: `Welcome to ${PRODUCT.name}`,
      version: KONG_VERSION,
      edition: 'community',
      hostname: hostname(),
      node_id: this.settings.nodeId,
      timers: { running: 0, pending: 0 },
      plugins: {
        available_on_server: Object.fromEntries(available) as object,
        enabled_in_cluster: [...new Set(configured)],
      },
      lua_version: `Node ${process.versions.node}`,
      configuration: shownSettings(this.settings),
      pids: { master: cluster.isWorker ? process.ppid : process.pid, workers: [process.pid] },
    };
  }

  @Get('timers')
  timers(): object {
    return {
      worker: { id: (cluster.worker?.id ?? 1) - 1, count: this.settings.workerProcesses },
      stats: { timers: {} },
    };
  }

  /** Kong's answer where names are resolved without its new client, whose figures these would be. */
  @Get('status/dns')
  dns(): never {
    throw new HttpException({ message: 'not implemented with the legacy DNS client' }, 501);
  }

  /** Kong keeps entities in a cache that tools may ask to forget them. Here the snapshot is all there is. */
  @Get('cache/:key')
  cached(): never {
    throw new HttpException({ message: 'Not found' }, 404);
  }

  @Delete(['cache', 'cache/:key'])
  @HttpCode(204)
  forget(): void {}
}
