import { Controller, Delete, Get, HttpException, Param, Patch, Post, Put, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { EntityDefinition } from '../entities/entity.js';
import { EntityRegistry } from '../entities/entity-registry.js';
import { type AdminAnswer, send } from './admin-answer.js';
import { AdminEndpoints } from './admin-endpoints.js';
import { sentFields } from './entity-fields.js';
import type { PageQuery } from './entity-page.js';
import { type Below, EntityPaths } from './entity-paths.js';
import { EntityRequests, type Named, type Nested } from './entity-requests.js';

interface One {
  readonly collection: string;
  readonly part: string;
}

interface OneBelow extends One {
  readonly below: string;
}

interface OneBelowOne extends OneBelow {
  readonly child: string;
}

/**
 * Every kind of entity, under the paths Kong derives from the schemas: `/services`, `/services/x`, `/services/x/routes`,
 * `/services/x/routes/y`, `/routes/y/service`. What is no such path is unknown, or known with other methods.
 */
@Controller()
export class EntityController {
  private readonly paths: EntityPaths;

  constructor(
    registry: EntityRegistry,
    private readonly requests: EntityRequests,
    private readonly endpoints: AdminEndpoints,
  ) {
    this.paths = new EntityPaths(registry);
  }

  @Get(':collection')
  list(
    @Param('collection') name: string,
    @Query() query: PageQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    return send(reply, this.requests.list(this.collection(name, request), query));
  }

  @Post(':collection')
  create(@Param('collection') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return send(reply, this.requests.create(this.collection(name, request), sentFields(request)));
  }

  @Get(':collection/:part')
  read(@Param() path: One, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return send(reply, this.requests.read(this.named(path, request)));
  }

  @Put(':collection/:part')
  replace(@Param() path: One, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return send(reply, this.requests.replace(this.named(path, request), sentFields(request)));
  }

  @Patch(':collection/:part')
  update(@Param() path: One, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return send(reply, this.requests.update(this.named(path, request), sentFields(request)));
  }

  @Delete(':collection/:part')
  remove(@Param() path: One, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return send(reply, this.requests.remove(this.named(path, request)));
  }

  @Get(':collection/:part/:below')
  listOrReadBelow(
    @Param() path: OneBelow,
    @Query() query: PageQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const { above, below } = this.below(path, request);
    if (below.kind === 'children') {
      return send(reply, this.requests.listBelow(above, below.definition, below.field, query));
    }
    return send(
      reply,
      this.onReferenced(above, below, (named) => this.requests.read(named)),
    );
  }

  @Post(':collection/:part/:below')
  createBelow(@Param() path: OneBelow, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { above, below } = this.below(path, request, 'children');
    return send(reply, this.requests.createBelow(above, below.definition, below.field, sentFields(request)));
  }

  @Put(':collection/:part/:below')
  replaceReferenced(@Param() path: OneBelow, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { above, below } = this.below(path, request, 'referenced');
    return send(reply, this.requests.replaceReferenced(above, below.definition, below.field, sentFields(request)));
  }

  @Patch(':collection/:part/:below')
  updateReferenced(@Param() path: OneBelow, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { above, below } = this.below(path, request, 'referenced');
    return send(
      reply,
      this.onReferenced(above, below, (named) => this.requests.update(named, sentFields(request))),
    );
  }

  /** What others may refer to as well is not removed through one of them (Kong). */
  @Delete(':collection/:part/:below')
  removeReferenced(@Param() path: OneBelow, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { above, below } = this.below(path, request, 'referenced');
    const refused: AdminAnswer = { status: 405, body: { message: 'Method not allowed' } };
    return send(
      reply,
      this.onReferenced(above, below, () => refused),
    );
  }

  @Get(':collection/:part/:below/:child')
  readBelow(@Param() path: OneBelowOne, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return send(reply, this.requests.readBelow(this.nested(path, request)));
  }

  @Put(':collection/:part/:below/:child')
  replaceBelow(@Param() path: OneBelowOne, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return send(reply, this.requests.replaceBelow(this.nested(path, request), sentFields(request)));
  }

  @Patch(':collection/:part/:below/:child')
  updateBelow(@Param() path: OneBelowOne, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return send(reply, this.requests.updateBelow(this.nested(path, request), sentFields(request)));
  }

  @Delete(':collection/:part/:below/:child')
  removeBelow(@Param() path: OneBelowOne, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return send(reply, this.requests.removeBelow(this.nested(path, request)));
  }

  private async onReferenced(
    above: Named,
    { definition, field }: Below,
    act: (named: Named) => AdminAnswer | Promise<AdminAnswer>,
  ): Promise<AdminAnswer> {
    const referenced = this.requests.referenced(above, definition, field);
    return 'status' in referenced ? referenced : act(referenced);
  }

  private named({ collection, part }: One, request: FastifyRequest): Named {
    return { definition: this.collection(collection, request), part };
  }

  private nested({ child, ...path }: OneBelowOne, request: FastifyRequest): Nested {
    const { above, below } = this.below(path, request, 'children');
    return { above, definition: below.definition, field: below.field, part: child };
  }

  private below(path: OneBelow, request: FastifyRequest, kind?: Below['kind']): { above: Named; below: Below } {
    const above = { definition: this.collection(path.collection, request), part: path.part };
    const below = this.paths.belowEntity(above.definition, path.below);
    if (!below || (kind && below.kind !== kind)) throw this.unknownPath(request);
    return { above, below };
  }

  private collection(name: string, request: FastifyRequest): EntityDefinition {
    const definition = this.paths.collection(name);
    if (!definition) throw this.unknownPath(request);
    return definition;
  }

  /** The path may still be one that others answer, with other methods. */
  private unknownPath({ url }: FastifyRequest): HttpException {
    const known = this.endpoints.methodsOf(url.split('?')[0] as string) !== undefined;
    return known
      ? new HttpException({ message: 'Method not allowed' }, 405)
      : new HttpException({ message: 'Not found' }, 404);
  }
}
