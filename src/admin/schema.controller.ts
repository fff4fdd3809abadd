import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ConfigStore } from '../config/config-store.js';
import { EntityRegistry } from '../entities/entity-registry.js';
import { entitySchema, pluginSchema, vaultSchema } from '../entities/kong-schema.js';
import { Draft } from '../store/draft.js';
import { EntityEdits } from '../store/entity-edits.js';
import { schemaViolation } from '../store/entity-error.js';
import { type AdminAnswer, failed, notFound, ok, send } from './admin-answer.js';
import { sentFields, typedFields } from './entity-fields.js';
import { PluginTrial } from './plugin-trial.js';

/** What entities may look like, and whether one does. Source: Kong kong/api/routes/kong.lua. */
@Controller('schemas')
export class SchemaController {
  constructor(
    private readonly registry: EntityRegistry,
    private readonly config: ConfigStore,
    private readonly edits: EntityEdits,
    private readonly trial: PluginTrial,
  ) {}

  @Get('plugins/:name')
  plugin(@Param('name') name: string, @Res() reply: FastifyReply) {
    const plugin = this.registry.plugin(name);
    return send(reply, plugin ? ok(pluginSchema(plugin)) : notFound(`No plugin named '${name}'`));
  }

  @Get('vaults/:name')
  vault(@Param('name') name: string, @Res() reply: FastifyReply) {
    const schema = vaultSchema(name);
    return send(reply, schema ? ok(schema) : notFound(`No vault named '${name}'`));
  }

  @Get(':name')
  entity(@Param('name') kind: string, @Res() reply: FastifyReply) {
    const definition = this.registry.entity(kind);
    return send(reply, definition ? ok(entitySchema(definition)) : notFound(`No entity named '${kind}'`));
  }

  @Post(':db_entity_name/validate')
  validate(@Param('db_entity_name') kind: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return send(reply, this.verdict(kind, request));
  }

  private async verdict(kind: string, request: FastifyRequest): Promise<AdminAnswer> {
    const definition = this.registry.entity(kind);
    if (!definition) return notFound(`No entity named '${kind}'`);
    const fields = typedFields(sentFields(request), definition, this.registry);
    const outcome = this.edits.validate(new Draft(this.config.snapshot()), definition, fields);
    if ('error' in outcome) return failed(outcome.error);
    const problem = kind === 'plugins' ? await this.trial.problem(outcome.value) : undefined;
    if (problem !== undefined) return failed(schemaViolation({ '@entity': [problem] }));
    return ok({ message: 'schema validation successful' });
  }
}
