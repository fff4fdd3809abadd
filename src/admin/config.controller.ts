import { hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { Controller, Get, HttpException, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ConfigStore } from '../config/config-store.js';
import { ConfigurationLoader } from '../config/configuration-loader.js';
import { declarativeDump } from '../config/declarative-dump.js';
import type { Refusal } from '../config/declarative-reader.js';
import type { TextFormat } from '../config/declarative-text.js';
import { flattenedErrors } from '../config/flattened-errors.js';
import { Settings } from '../config/settings.js';
import { EntityRegistry } from '../entities/entity-registry.js';
import { isObject } from '../entities/record-schema.js';
import { ConfigurationBroadcast } from './configuration-broadcast.js';
import { entitiesById } from './entities-by-id.js';
import { sentBody } from './sent-body.js';

interface PostedText {
  readonly text: string;
  readonly format?: TextFormat;
}

/** The whole configuration at once, where no database keeps it. Source: Kong kong/api/routes/config.lua. */
@Controller('config')
export class ConfigController {
  constructor(
    private readonly settings: Settings,
    private readonly registry: EntityRegistry,
    private readonly store: ConfigStore,
    private readonly loader: ConfigurationLoader,
    private readonly broadcast: ConfigurationBroadcast,
  ) {}

  @Get()
  dump(): object {
    this.refuseWithDatabase();
    return { config: declarativeDump(this.store.snapshot(), this.registry) };
  }

  /** Puts the posted configuration in force instead of the one there is, or changes nothing and says why. */
  @Post()
  async replace(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Query('check_hash') checkHash: string | undefined,
    @Query('flatten_errors') flatten: string | undefined,
  ): Promise<void> {
    this.refuseWithDatabase();
    const posted = postedText(request);
    if (!posted) throw new HttpException({ message: 'expected a declarative configuration' }, 400);
    const { text, format } = posted;
    if (checkHash === '1' && hash('md5', text) === this.store.snapshot().hash) {
      await reply.code(304).send();
      return;
    }
    const result = await this.loader.loadText(text, format === undefined ? {} : { format });
    if ('problems' in result) {
      await reply.code(400).send(isTrue(flatten) ? this.flattened(result) : result.kongError);
      return;
    }
    await this.broadcast.posted(text, format);
    // Requests that came meanwhile go first.
    await setImmediate();
    await reply.code(201).send(entitiesById(result.snapshot, this.registry));
  }

  private flattened({ kongError, document }: Refusal): object {
    const flattened_errors = document ? flattenedErrors(kongError.fields, document, this.registry) : [];
    return { ...kongError, flattened_errors };
  }

  private refuseWithDatabase(): void {
    if (this.settings.database === 'off') return;
    const message = 'this endpoint is only available when Kong is configured to not use a database';
    throw new HttpException({ message }, 400);
  }
}

/** Kong's reading of a flag in a query. */
const isTrue = (flag: string | undefined): boolean => /^(true|1|on|yes)$/i.test(flag ?? '');

/** The configuration as the body itself, or under the name `config` in JSON or in a form. */
function postedText(request: FastifyRequest): PostedText | undefined {
  const { form, text } = sentBody(request);
  const config = isObject(request.body) ? request.body['config'] : undefined;
  const isConfiguration = isObject(request.body) && '_format_version' in request.body;
  if (!isConfiguration && typeof config === 'string') return { text: config };
  if (text === '') return undefined;
  return form === 'json' ? { text, format: 'json' } : { text };
}
