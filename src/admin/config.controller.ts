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
import { remainingError } from '../config/kong-error.js';
import { Settings } from '../config/settings.js';
import { EntityRegistry } from '../entities/entity-registry.js';
import { isObject } from '../entities/record-schema.js';
import { ConfigurationBroadcast } from './configuration-broadcast.js';
import { entitiesById } from './entities-by-id.js';
import { sentBody } from './sent-body.js';

/** `check_hash` and `flatten_errors`, in the query or beside the configuration. */
type Flags = Readonly<Record<string, unknown>>;

interface PostedText {
  readonly text: string;
  readonly format?: TextFormat;
  readonly flags: Flags;
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
  async replace(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Query() query: Flags): Promise<void> {
    this.refuseWithDatabase();
    const posted = postedText(request);
    if (!posted) throw new HttpException({ message: 'expected a declarative configuration' }, 400);
    const { text, format } = posted;
    const flags = { ...posted.flags, ...query };
    if (String(flags['check_hash']) === '1' && hash('md5', text) === this.store.snapshot().hash) {
      await reply.code(304).send();
      return;
    }
    const result = await this.loader.loadText(text, format === undefined ? {} : { format });
    if ('problems' in result) {
      await reply.code(400).send(isTrue(flags['flatten_errors']) ? this.flattened(result) : result.kongError);
      return;
    }
    await this.broadcast.posted(text, format);
    // Requests that came meanwhile go first.
    await setImmediate();
    await reply.code(201).send(entitiesById(result.snapshot, this.registry));
  }

  private flattened({ kongError, document }: Refusal): object {
    if (!document) return { ...kongError, flattened_errors: [] };
    const { errors, told } = flattenedErrors(kongError.fields, document, this.registry);
    return { ...remainingError(kongError, (name) => !told.has(name)), flattened_errors: errors };
  }

  private refuseWithDatabase(): void {
    if (this.settings.database === 'off') return;
    const message = 'this endpoint is only available when Kong is configured to not use a database';
    throw new HttpException({ message }, 400);
  }
}

/** Kong's reading of a flag. */
const isTrue = (flag: unknown): boolean => /^(true|1|on|yes)$/i.test(String(flag));

/** The configuration as the body itself, or under the name `config` in JSON or in a form. */
function postedText(request: FastifyRequest): PostedText | undefined {
  const { form, text } = sentBody(request);
  const body: Flags = isObject(request.body) ? request.body : {};
  const { config, flatten_errors, check_hash, ...rest } = body;
  const flags = {
    ...(flatten_errors !== undefined && { flatten_errors }),
    ...(check_hash !== undefined && { check_hash }),
  };
  const isConfiguration = '_format_version' in body;
  if (!isConfiguration && typeof config === 'string') return { text: config, flags };
  if (text === '') return undefined;
  if (form !== 'json') return { text, flags };
  const written = Object.keys(flags).length === 0 ? text : JSON.stringify({ ...rest, config });
  return { text: written, format: 'json', flags };
}
