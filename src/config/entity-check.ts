import type { EntityDefinition } from '../entities/entity.js';
import type { EntityRegistry } from '../entities/entity-registry.js';
import type { ErrorTree } from '../entities/error-tree.js';
import { type RecordClass, recordOf } from '../entities/field-schema.js';
import type { EntityBase } from '../entities/field-types.js';
import type { PluginEntity } from '../entities/plugin-entity.js';
import { type Checked, recordSchema } from '../entities/record-schema.js';
import type { Route } from '../entities/route.js';
import type { Declaration } from './declarations.js';
import { type Finding, findingsOf } from './finding.js';
import { fieldsOf } from './kong-error.js';
import { PluginRules } from './plugin-rules.js';
import type { Snapshot } from './snapshot.js';
import type { SourceDocument } from './source-document.js';

export interface CheckOptions {
  readonly registry: EntityRegistry;
  /** Names of the plugins that may be configured (setting `plugins`). */
  readonly enabledPlugins: ReadonlySet<string>;
  /** What the entity will be part of. */
  readonly snapshot: Snapshot;
  /** Seconds since the epoch. */
  readonly now: number;
}

export type CheckedEntity =
  | { readonly entity: EntityBase }
  /** In the shape of what was given. */
  | { readonly fields: { readonly [field: string]: ErrorTree } };

const NO_SOURCE: SourceDocument = { file: undefined, text: '', document: {} };

/**
 * Checks one entity by the rules a file's entities are checked by. `given` is completed on the way; its references are ids
 * already. Whether these exist and whether it is unique is for others to say. The entity is frozen unless its definition
 * has something left to transform.
 */
export function checkedEntity(
  definition: EntityDefinition,
  given: Record<string, unknown>,
  { registry, enabledPlugins, snapshot, now }: CheckOptions,
): CheckedEntity {
  const id = typeof given['id'] === 'string' ? given['id'] : '';
  const declaration: Declaration = { definition, source: NO_SOURCE, path: [], given, parent: undefined, id };
  definition.complete?.(given);
  const { value, error } = checkFields(declaration, now);
  const findings = error === undefined ? [] : findingsIn(error, declaration);
  if (definition.name === 'plugins') {
    const rules = new PluginRules(registry, enabledPlugins, snapshot.all<Route>('routes').values());
    rules.check(declaration, error === undefined ? (value as PluginEntity) : undefined);
    for (const finding of rules.findings) findings.push(finding);
  }
  return findings.length > 0 ? { fields: fieldsOf(findings) } : { entity: value };
}

/** What can be said of an entity by looking at its own fields. */
export function checkFields({ definition, given }: Declaration, now: number): Checked & { readonly value: EntityBase } {
  given['created_at'] ??= createdAt(definition, now);
  given['updated_at'] ??= given['created_at'];
  return recordSchema(definition.record as RecordClass<EntityBase>).check(given);
}

export const findingsIn = (error: ErrorTree, { definition, given, source, path }: Declaration): Finding[] =>
  findingsOf(error, recordOf(definition.record), given, source, path);

/** Targets are told apart by milliseconds, everything else by seconds. */
const createdAt = ({ name }: EntityDefinition, now: number) => (name === 'targets' ? now : Math.floor(now));

/** Freezes entities as deep as they go; what is shared is visited once. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
  return value;
}
