import { randomUUID } from 'node:crypto';
import { type CheckedEntity, checkedEntity, deepFreeze } from '../config/entity-check.js';
import type { EntityDefinition } from '../entities/entity.js';
import type { EntityRegistry } from '../entities/entity-registry.js';
import type { EntityBase } from '../entities/field-types.js';
import { CertificateNames } from './certificate-names.js';
import type { Draft } from './draft.js';
import { type EntityError, type Outcome, primaryKeyViolation, schemaViolation } from './entity-error.js';
import { type EntityKey, find } from './entity-key.js';
import { patched } from './patched.js';
import { References } from './references.js';
import { uniquenessProblem } from './uniqueness.js';

type Given = Readonly<Record<string, unknown>>;

/**
 * What can be done to single entities, with the rules that hold between them: references lead somewhere, names are unique,
 * what others need is not removed. Works on a draft, so that several edits can stand or fall together; a draft in which
 * one failed must be thrown away.
 */
export class EntityEdits {
  readonly references: References;
  private readonly certificateNames: CertificateNames;

  constructor(
    private readonly registry: EntityRegistry,
    private readonly enabledPlugins: () => ReadonlySet<string>,
    /** Seconds since the epoch. */
    private readonly now: () => number = () => Date.now() / 1000,
  ) {
    this.references = new References(registry);
    const snis = registry.entity('snis') as EntityDefinition;
    this.certificateNames = new CertificateNames((draft, fields) => this.insert(draft, snis, fields));
  }

  /** Adds an entity. */
  insert(draft: Draft, definition: EntityDefinition, written: Given): Outcome<EntityBase> {
    const { given, error } = unfolded(definition, written);
    if (error) return { error };
    const { id } = given;
    if (typeof id === 'string' && draft.snapshot.get(definition.name, id)) return { error: primaryKeyViolation(id) };
    const whole = { ...given, id: id ?? randomUUID(), updated_at: this.timestamp(definition) };
    return this.put(draft, definition, whole, given);
  }

  /** Puts an entity in the place of the one a key names, or adds it. What is not given gets its default. */
  replace(draft: Draft, definition: EntityDefinition, key: EntityKey, written: Given): Outcome<EntityBase> {
    const { given, error } = unfolded(definition, written);
    if (error) return { error };
    const before = find(draft.snapshot, definition, key);
    const named = key.by === 'name' ? { [key.field]: key.value } : {};
    const id = key.by === 'id' ? key.id : (before?.id ?? given['id'] ?? randomUUID());
    const created = before && given['created_at'] == null ? { created_at: before.created_at } : {};
    const whole = { ...given, ...named, ...created, id, updated_at: this.timestamp(definition) };
    return this.put(draft, definition, whole, given);
  }

  /** Changes the given fields of an entity. */
  update(draft: Draft, definition: EntityDefinition, before: EntityBase, written: Given): Outcome<EntityBase> {
    const { given, error } = unfolded(definition, written);
    if (error) return { error };
    const merged = patched(before, given, definition, this.registry);
    const whole = { ...merged, id: before.id, updated_at: this.timestamp(definition) };
    return this.put(draft, definition, whole, given);
  }

  /** Removes an entity and what goes with it. */
  remove(draft: Draft, { name }: EntityDefinition, entity: EntityBase): Outcome<undefined> {
    const error = this.references.remove(draft, name, entity.id);
    return error ? { error } : { value: undefined };
  }

  /** The entity as it would be written, as far as its own fields tell. */
  validate(draft: Draft, definition: EntityDefinition, written: Given): Outcome<EntityBase> {
    const { given, error } = unfolded(definition, written);
    if (error) return { error };
    const { fields, names } = this.certificateNames.take(definition, { id: randomUUID(), ...given });
    const checked = this.checked(draft, definition, fields, names);
    return 'fields' in checked ? { error: schemaViolation(checked.fields) } : { value: checked.entity };
  }

  /** `names`: those a Certificate is to be shown for. */
  private checked(
    draft: Draft,
    definition: EntityDefinition,
    whole: Record<string, unknown>,
    names: unknown,
  ): CheckedEntity {
    const { registry, enabledPlugins, now } = this;
    const checked = checkedEntity(definition, whole, {
      registry,
      enabledPlugins: enabledPlugins(),
      snapshot: draft.snapshot,
      now: now(),
    });
    const wrongNames = this.certificateNames.problem(names);
    if ('entity' in checked && wrongNames === undefined) return checked;
    const fields = 'fields' in checked ? { ...checked.fields, ...this.references.misnamed(whole, definition) } : {};
    return { fields: wrongNames === undefined ? fields : { ...fields, snis: wrongNames } };
  }

  /** `whole`: the entity; `given`: what of it came with this edit, as opposed to what was there. */
  private put(draft: Draft, definition: EntityDefinition, whole: Given, given: Given): Outcome<EntityBase> {
    const { fields, names } = this.certificateNames.take(definition, whole);
    const unresolved = this.references.resolve(fields, definition, draft.snapshot);
    if (unresolved) return { error: unresolved };
    const checked = this.checked(draft, definition, fields, names);
    if ('fields' in checked) return { error: schemaViolation(checked.fields) };
    const { entity } = checked;
    const error =
      this.references.dangling(entity, definition, draft.snapshot) ??
      uniquenessProblem(entity, definition, draft.snapshot);
    if (error) return { error };
    transformGiven(definition, entity, given);
    draft.put(definition.name, deepFreeze(entity));
    const refused = names === undefined ? undefined : this.certificateNames.assign(draft, entity, names);
    return refused ? { error: refused } : { value: entity };
  }

  private timestamp({ name }: EntityDefinition): number {
    return name === 'targets' ? Math.round(this.now() * 1000) / 1000 : Math.floor(this.now());
  }
}

/** What was written with what its shorthands mean in their place, or what is wrong with those. */
function unfolded({ unfold }: EntityDefinition, written: Given): { given: Given; error?: EntityError } {
  const given = { ...written };
  const wrong = unfold?.(given);
  return wrong ? { given, error: schemaViolation(wrong) } : { given };
}

/** Transforms what came with an edit; what was there has been transformed when it came. */
function transformGiven(definition: EntityDefinition, entity: EntityBase, given: Given): void {
  if (!definition.transform) return;
  const fields = entity as unknown as Record<string, unknown>;
  const before = { ...fields };
  definition.transform(entity as never);
  for (const name of Object.keys(before)) {
    if (!(name in given)) fields[name] = before[name];
  }
}
