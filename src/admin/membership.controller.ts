import { Controller, Delete, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ConfigStore } from '../config/config-store.js';
import type { EntityDefinition } from '../entities/entity.js';
import { EntityRegistry } from '../entities/entity-registry.js';
import type { EntityBase } from '../entities/field-types.js';
import type { Draft } from '../store/draft.js';
import { EntityEdits } from '../store/entity-edits.js';
import { type Outcome, schemaViolation } from '../store/entity-error.js';
import { entityKey, find, referenceOf } from '../store/entity-key.js';
import { EntityWriter } from '../store/entity-writer.js';
import {
  type AdminAnswer,
  answered,
  created,
  failed,
  NO_CONTENT,
  NOT_FOUND,
  notFound,
  ok,
  send,
} from './admin-answer.js';
import { type Fields, sentFields } from './entity-fields.js';
import { EntityJson } from './entity-json.js';

const MEMBERS = 'consumer_group_consumers';

/** One end of a membership, and how it is told from the other. */
interface Side {
  /** `consumer_groups`. */
  readonly kind: string;
  /** The membership's field that refers to it: `consumer_group`. */
  readonly field: string;
  /** What the body of a POST calls it. */
  readonly given: string;
}

const GROUP: Side = { kind: 'consumer_groups', field: 'consumer_group', given: 'group' };
const CONSUMER: Side = { kind: 'consumers', field: 'consumer', given: 'consumer' };

/**
 * Which Consumers are in which groups. A membership is an entity, but one that is only written and read through the two it
 * joins. Source: Kong's Admin API documentation, consumer groups.
 */
@Controller()
export class MembershipController {
  constructor(
    private readonly config: ConfigStore,
    private readonly registry: EntityRegistry,
    private readonly edits: EntityEdits,
    private readonly writer: EntityWriter,
    private readonly json: EntityJson,
  ) {}

  /** Unlike any other entity, a group is shown with who is in it. */
  @Get('consumer_groups/:consumer_groups')
  read(@Param('consumer_groups') part: string, @Res() reply: FastifyReply) {
    const group = this.find(GROUP, part);
    if (!group) return send(reply, NOT_FOUND);
    const consumers = this.others(GROUP, group, CONSUMER);
    return send(reply, ok({ consumer_group: this.json.of(group), consumers: this.shown(consumers) }));
  }

  @Get('consumer_groups/:consumer_groups/consumers')
  consumersOf(@Param('consumer_groups') part: string, @Res() reply: FastifyReply) {
    return send(reply, this.list(GROUP, part, CONSUMER));
  }

  @Post('consumer_groups/:consumer_groups/consumers')
  addConsumer(@Param('consumer_groups') part: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return send(reply, this.add(GROUP, part, CONSUMER, sentFields(request).fields));
  }

  @Delete('consumer_groups/:consumer_groups/consumers')
  removeConsumers(@Param('consumer_groups') part: string, @Res() reply: FastifyReply) {
    return send(reply, this.remove(GROUP, part, CONSUMER));
  }

  @Delete('consumer_groups/:consumer_groups/consumers/:consumers')
  removeConsumer(
    @Param('consumer_groups') part: string,
    @Param('consumers') consumer: string,
    @Res() reply: FastifyReply,
  ) {
    return send(reply, this.remove(GROUP, part, CONSUMER, consumer));
  }

  @Get('consumers/:consumers/consumer_groups')
  groupsOf(@Param('consumers') part: string, @Res() reply: FastifyReply) {
    return send(reply, this.list(CONSUMER, part, GROUP));
  }

  @Post('consumers/:consumers/consumer_groups')
  addGroup(@Param('consumers') part: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return send(reply, this.add(CONSUMER, part, GROUP, sentFields(request).fields));
  }

  @Delete('consumers/:consumers/consumer_groups')
  removeGroups(@Param('consumers') part: string, @Res() reply: FastifyReply) {
    return send(reply, this.remove(CONSUMER, part, GROUP));
  }

  @Delete('consumers/:consumers/consumer_groups/:consumer_groups')
  removeGroup(@Param('consumers') part: string, @Param('consumer_groups') group: string, @Res() reply: FastifyReply) {
    return send(reply, this.remove(CONSUMER, part, GROUP, group));
  }

  private list(side: Side, part: string, otherSide: Side): AdminAnswer {
    const entity = this.find(side, part);
    return entity ? ok({ data: this.shown(this.others(side, entity, otherSide)), next: null }) : NOT_FOUND;
  }

  /** The body names one of the other side, or several as a list. */
  private async add(side: Side, part: string, otherSide: Side, fields: Fields): Promise<AdminAnswer> {
    const entity = this.find(side, part);
    if (!entity) return NOT_FOUND;
    const named = [fields[otherSide.given] ?? []].flat();
    if (named.length === 0) return failed(schemaViolation({ [otherSide.given]: 'required field missing' }));
    const others = named.map((name) => (typeof name === 'string' ? this.find(otherSide, name) : undefined));
    if (!others.every((other) => other !== undefined)) return notFound(`${otherSide.field} not found`);
    const membership = this.registry.entity(MEMBERS) as EntityDefinition;
    const outcome = await this.write('create', (draft) => {
      for (const other of others) {
        const given = { [side.field]: { id: entity.id }, [otherSide.field]: { id: other.id } };
        const added = this.edits.insert(draft, membership, given);
        if ('error' in added) return added;
      }
      return { value: undefined };
    });
    return answered(outcome, () =>
      created({ [side.field]: this.json.of(entity), [otherSide.kind]: this.shown(others) }),
    );
  }

  /** `otherPart`: only the membership with this one. */
  private async remove(side: Side, part: string, otherSide: Side, otherPart?: string): Promise<AdminAnswer> {
    const entity = this.find(side, part);
    const other = otherPart === undefined ? undefined : this.find(otherSide, otherPart);
    if (!entity || (otherPart !== undefined && !other)) return NOT_FOUND;
    const outcome = await this.write('remove', (draft) => {
      for (const membership of draft.snapshot.all(MEMBERS).values()) {
        if (referenceOf(membership, side.field) !== entity.id) continue;
        if (other && referenceOf(membership, otherSide.field) !== other.id) continue;
        draft.remove(MEMBERS, membership.id);
      }
      return { value: undefined };
    });
    return answered(outcome, () => NO_CONTENT);
  }

  private write(verb: 'create' | 'remove', plan: (draft: Draft) => Outcome<undefined>): Promise<Outcome<undefined>> {
    return this.writer.write(plan, { verb, kind: MEMBERS });
  }

  private find({ kind }: Side, part: string): EntityBase | undefined {
    const definition = this.registry.entity(kind) as EntityDefinition;
    const key = entityKey(definition, part);
    return key && find(this.config.snapshot(), definition, key);
  }

  private others(side: Side, { id }: EntityBase, otherSide: Side): EntityBase[] {
    const snapshot = this.config.snapshot();
    return [...snapshot.all(MEMBERS).values()].flatMap((membership) => {
      if (referenceOf(membership, side.field) !== id) return [];
      return snapshot.get(otherSide.kind, referenceOf(membership, otherSide.field)) ?? [];
    });
  }

  private shown(entities: readonly EntityBase[]): object[] {
    return entities.map((entity) => this.json.of(entity));
  }
}
