import { Controller, Get, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { enabledPlugins } from '../config/enabled-plugins.js';
import { Settings } from '../config/settings.js';
import { EntityRegistry } from '../entities/entity-registry.js';
import { pluginSchema } from '../entities/kong-schema.js';
import { notFound, ok, send } from './admin-answer.js';

/** Which plugins may be configured. Source: Kong kong/api/routes/plugins.lua. */
@Controller('plugins')
export class PluginController {
  constructor(
    private readonly registry: EntityRegistry,
    private readonly settings: Settings,
  ) {}

  @Get('enabled')
  enabled(): object {
    return { enabled_plugins: [...enabledPlugins(this.settings, this.registry)] };
  }

  /** Superseded by `/schemas/plugins/{name}`, of which it is the `config`. */
  @Get('schema/:name')
  schema(@Param('name') name: string, @Res() reply: FastifyReply) {
    const plugin = this.registry.plugin(name);
    const config = plugin && pluginSchema(plugin).fields.find((field) => 'config' in field)?.['config'];
    return send(reply, config ? ok(config) : notFound(`No plugin named '${name}'`));
  }
}
