import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ConfigStore } from '../config/config-store.js';
import { EntityRegistry } from '../entities/entity-registry.js';
import { answered, failed, ok, send } from './admin-answer.js';
import { badOffset, type PageQuery, sizeAsked } from './entity-page.js';

interface Tagging {
  readonly entity_name: string;
  readonly entity_id: string;
  readonly tag: string;
}

/** Who carries which tag. Source: Kong kong/api/routes/tags.lua. */
@Controller('tags')
export class TagController {
  constructor(
    private readonly config: ConfigStore,
    private readonly registry: EntityRegistry,
  ) {}

  @Get()
  all(@Query() query: PageQuery, @Res() reply: FastifyReply) {
    const kept = query.size === undefined ? '' : `&size=${String(query.size)}`;
    return this.page(this.taggings(), query, { path: '/tags', kept }, reply);
  }

  @Get(':tags')
  one(@Param('tags') tag: string, @Query() query: PageQuery, @Res() reply: FastifyReply) {
    const taggings = this.taggings().filter((tagging) => tagging.tag === tag);
    return this.page(taggings, query, { path: `/tags/${encodeURIComponent(tag)}`, kept: '' }, reply);
  }

  private page(
    taggings: readonly Tagging[],
    { size, offset }: PageQuery,
    { path, kept }: { path: string; kept: string },
    reply: FastifyReply,
  ) {
    const start = offset === undefined ? '0' : Buffer.from(String(offset), 'base64url').toString();
    if (!/^\d+$/.test(start)) return send(reply, failed(badOffset(offset)));
    return send(
      reply,
      answered(sizeAsked(size), (asked) => {
        const end = Number(start) + asked;
        const data = taggings.slice(Number(start), end);
        if (end >= taggings.length) return ok({ data, next: null });
        const next = Buffer.from(String(end)).toString('base64url');
        return ok({ data, offset: next, next: `${path}?offset=${next}${kept}` });
      }),
    );
  }

  private taggings(): Tagging[] {
    const snapshot = this.config.snapshot();
    return this.registry
      .entities()
      .flatMap(({ name }) =>
        [...snapshot.all(name).values()].flatMap(({ id, tags }) =>
          (tags ?? []).map((tag) => ({ entity_name: name, entity_id: id, tag })),
        ),
      );
  }
}
