import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ConfigStore } from '../config/config-store.js';
import type { EntityDefinition } from '../entities/entity.js';
import { EntityRegistry } from '../entities/entity-registry.js';
import type { EntityBase } from '../entities/field-types.js';
import type { Draft } from '../store/draft.js';
import { EntityEdits } from '../store/entity-edits.js';
import { invalidPrimaryKey, type Outcome } from '../store/entity-error.js';
import {
  type EntityKey,
  entityKey,
  entityWith,
  fieldOf,
  find,
  problemWithName,
  referenceOf,
} from '../store/entity-key.js';
import { EntityWriter, type Operation } from '../store/entity-writer.js';
import { type AdminAnswer, answered, created, failed, NO_CONTENT, NOT_FOUND, notFound, ok } from './admin-answer.js';
import { certificateFields, type Fields, type SentFields, typedFields } from './entity-fields.js';
import { EntityJson } from './entity-json.js';
import { type PageQuery, pageOf, shownPage } from './entity-page.js';
import { adminName } from './entity-paths.js';

/** An entity, named by a part of a path. */
export interface Named {
  readonly definition: EntityDefinition;
  readonly part: string;
}

/** An entity under another: `field` of the one refers to the other. */
export interface Nested extends Named {
  readonly above: Named;
  readonly field: string;
}

/**
 * What the Admin API does with entities of any kind. Expected outcomes, good and bad, are answers. Source: Kong
 * kong/api/endpoints.lua.
 */
@Injectable()
export class EntityRequests {
  constructor(
    private readonly config: ConfigStore,
    private readonly registry: EntityRegistry,
    private readonly edits: EntityEdits,
    private readonly writer: EntityWriter,
    private readonly json: EntityJson,
  ) {}

  /** A page of all entities of a kind. */
  list(definition: EntityDefinition, query: PageQuery & { readonly custom_id?: string | string[] }): AdminAnswer {
    const entities = this.config.snapshot().all(definition.name).values();
    const { custom_id } = query;
    if (definition.name === 'consumers' && custom_id !== undefined) {
      if (typeof custom_id !== 'string' || custom_id === '') {
        return { status: 400, body: { message: 'custom_id must be an unempty string' } };
      }
      const found = [...entities].filter((consumer) => (consumer as { custom_id?: string }).custom_id === custom_id);
      return ok({ data: found.map((consumer) => this.json.of(consumer)), next: null });
    }
    return this.page(entities, query, (offset) => {
      const tags = query.tags === undefined ? '' : `&tags=${encodeURIComponent(String([query.tags].flat()[0]))}`;
      const size = query.size === undefined ? '' : `&size=${encodeURIComponent(String(query.size))}`;
      return `/${adminName(definition)}?offset=${offset}${tags}${size}`;
    });
  }

  /** A page of the entities of a kind that refer to one. */
  listBelow(above: Named, definition: EntityDefinition, field: string, query: PageQuery): AdminAnswer {
    const parent = this.located(above);
    if ('answer' in parent) return parent.answer;
    const children = this.childrenOf(parent.entity, definition, field);
    const nested = definition.nestedName ?? adminName(definition);
    return this.page(children, query, (offset) => {
      return `/${adminName(above.definition)}/${encodeURIComponent(above.part)}/${nested}?offset=${offset}`;
    });
  }

  read(named: Named): AdminAnswer {
    const located = this.located(named);
    return 'answer' in located ? located.answer : ok(this.json.of(located.entity));
  }

  readBelow(nested: Nested): AdminAnswer {
    const located = this.locatedBelow(nested);
    return 'answer' in located ? located.answer : ok(this.json.of(located.entity));
  }

  create(definition: EntityDefinition, sent: SentFields): Promise<AdminAnswer> {
    return this.insert(definition, typedFields(sent, definition, this.registry));
  }

  async createBelow(above: Named, definition: EntityDefinition, field: string, sent: SentFields): Promise<AdminAnswer> {
    const parent = this.located(above);
    if ('answer' in parent) return parent.answer;
    const fields = typedFields(sent, definition, this.registry);
    return this.insert(definition, { ...fields, [field]: { id: parent.entity.id } });
  }

  /** Puts an entity where there is one or none. */
  replace(named: Named, sent: SentFields): Promise<AdminAnswer> {
    return this.put(named, typedFields(sent, named.definition, this.registry));
  }

  async replaceBelow(nested: Nested, sent: SentFields): Promise<AdminAnswer> {
    const { definition, field } = nested;
    // Targets are told apart within their Upstream, and Kong only changes those that are there.
    if (definition.name === 'targets') return this.updateBelow(nested, sent);
    const parent = this.located(nested.above);
    if ('answer' in parent) return parent.answer;
    return this.put(nested, { ...typedFields(sent, definition, this.registry), [field]: { id: parent.entity.id } });
  }

  async update(named: Named, sent: SentFields): Promise<AdminAnswer> {
    const located = this.located(named);
    if ('answer' in located) return located.answer;
    return this.change(named, located.entity, sent);
  }

  async updateBelow(nested: Nested, sent: SentFields): Promise<AdminAnswer> {
    const located = this.locatedBelow(nested);
    if ('answer' in located) return located.answer;
    return this.change({ definition: nested.definition, part: located.entity.id }, located.entity, sent);
  }

  /** What is not there counts as removed. */
  async remove(named: Named): Promise<AdminAnswer> {
    const addressed = this.addressed(named);
    if ('answer' in addressed) return addressed.answer;
    const { key } = addressed;
    const outcome = await this.write('remove', named.definition, key, (draft) => {
      const entity = find(draft.snapshot, named.definition, key);
      return entity ? this.edits.remove(draft, named.definition, entity) : { value: undefined };
    });
    return answered(outcome, () => NO_CONTENT);
  }

  async removeBelow(nested: Nested): Promise<AdminAnswer> {
    const located = this.locatedBelow(nested);
    if ('answer' in located) return located.answer;
    return this.remove({ definition: nested.definition, part: located.entity.id });
  }

  /** The entity a reference leads to. */
  referenced(named: Named, definition: EntityDefinition, field: string): Named | AdminAnswer {
    const located = this.located(named);
    if ('answer' in located) return located.answer;
    const id = referenceOf(located.entity, field);
    return id === undefined ? NOT_FOUND : { definition, part: id };
  }

  /** Puts an entity where a reference leads; where it leads nowhere, a new one and the reference to it. */
  async replaceReferenced(
    named: Named,
    definition: EntityDefinition,
    field: string,
    sent: SentFields,
  ): Promise<AdminAnswer> {
    const located = this.located(named);
    if ('answer' in located) return located.answer;
    const id = referenceOf(located.entity, field);
    if (id !== undefined) return this.replace({ definition, part: id }, sent);
    const given = typedFields(sent, definition, this.registry);
    const outcome = await this.write('create or update', definition, undefined, (draft) => {
      const inserted = this.edits.insert(draft, definition, given);
      if ('error' in inserted) return inserted;
      const reference = { [field]: { id: inserted.value.id } };
      const attached = this.edits.update(draft, named.definition, located.entity, reference);
      return 'error' in attached ? attached : inserted;
    });
    return answered(outcome, (entity) => ok(this.json.of(entity)));
  }

  private async insert(definition: EntityDefinition, given: Fields): Promise<AdminAnswer> {
    const outcome = await this.write('create', definition, undefined, (draft) =>
      this.edits.insert(draft, definition, given),
    );
    return answered(outcome, (entity) => created(this.json.of(entity)));
  }

  private async put({ definition, part }: Named, fields: Fields): Promise<AdminAnswer> {
    const isCertificate = definition.name === 'certificates';
    const key = this.keyOf(definition, part) ?? (isCertificate ? { by: 'id' as const, id: randomUUID() } : undefined);
    if (!key) return this.unknownKey({ definition, part });
    const wrong = problemWithName(definition, key);
    if (wrong) return failed(wrong);
    const given = isCertificate ? certificateFields(fields, part) : fields;
    const outcome = await this.write('create or update', definition, key, (draft) =>
      this.edits.replace(draft, definition, key, given),
    );
    return answered(outcome, (entity) => ok(this.json.of(entity)));
  }

  private async change(named: Named, entity: EntityBase, sent: SentFields): Promise<AdminAnswer> {
    const { definition } = named;
    const key = this.keyOf(definition, named.part);
    const given = typedFields(sent, definition, this.registry, entity);
    const outcome = await this.write<EntityBase | undefined>('update', definition, key, (draft) => {
      const current = draft.snapshot.get(definition.name, entity.id);
      return current ? this.edits.update(draft, definition, current, given) : { value: undefined };
    });
    return answered(outcome, (changed) => (changed ? ok(this.json.of(changed)) : NOT_FOUND));
  }

  private page(entities: Iterable<EntityBase>, query: PageQuery, nextPath: (offset: string) => string): AdminAnswer {
    return answered(pageOf(entities, query), (page) => ok(shownPage(page, (entity) => this.json.of(entity), nextPath)));
  }

  private write<T>(
    verb: Operation['verb'],
    { name }: EntityDefinition,
    key: EntityKey | undefined,
    plan: (draft: Draft) => Outcome<T>,
  ): Promise<Outcome<T>> {
    return this.writer.write(plan, { verb, kind: name, ...(key?.by === 'name' && { by: key.field }) });
  }

  /** What a part of a path may mean, whether it is there or not. */
  private addressed({ definition, part }: Named): { key: EntityKey } | { answer: AdminAnswer } {
    const key = this.keyOf(definition, part);
    if (!key) return { answer: this.unknownKey({ definition, part }) };
    const wrong = problemWithName(definition, key);
    return wrong ? { answer: failed(wrong) } : { key };
  }

  private located(named: Named): { entity: EntityBase } | { answer: AdminAnswer } {
    const addressed = this.addressed(named);
    if ('answer' in addressed) return addressed;
    const entity = find(this.config.snapshot(), named.definition, addressed.key);
    return entity ? { entity } : { answer: NOT_FOUND };
  }

  private locatedBelow({ above, definition, field, part }: Nested): { entity: EntityBase } | { answer: AdminAnswer } {
    const parent = this.located(above);
    if ('answer' in parent) return parent;
    const addressed = this.addressed({ definition, part });
    if ('answer' in addressed) return addressed;
    const { key } = addressed;
    const named = key.by === 'id' ? 'id' : key.field;
    const wanted = key.by === 'id' ? key.id : key.value;
    const entity = this.childrenOf(parent.entity, definition, field).find((child) => fieldOf(child, named) === wanted);
    return entity ? { entity } : { answer: NOT_FOUND };
  }

  private childrenOf(parent: EntityBase, { name }: EntityDefinition, field: string): EntityBase[] {
    return [...this.config.snapshot().all(name).values()].filter((child) => referenceOf(child, field) === parent.id);
  }

  private keyOf(definition: EntityDefinition, part: string): EntityKey | undefined {
    const key = entityKey(definition, part);
    if (key || definition.name !== 'certificates') return key;
    // A Certificate answers to the names it is shown for.
    const sni = entityWith(this.config.snapshot(), 'snis', 'name', part);
    const id = sni && referenceOf(sni, 'certificate');
    return id === undefined ? undefined : { by: 'id', id };
  }

  private unknownKey({ definition, part }: Named): AdminAnswer {
    if (definition.name !== 'certificates') return failed(invalidPrimaryKey({ id: 'expected a valid UUID' }));
    const snis = this.registry.entity('snis') as EntityDefinition;
    const wrong = problemWithName(snis, { by: 'name', field: 'name', value: part });
    return wrong ? failed(wrong) : notFound('SNI not found');
  }
}
