import type { EntityDefinition } from '../entities/entity.js';
import type { EntityRegistry } from '../entities/entity-registry.js';
import type { ErrorTree } from '../entities/error-tree.js';
import type { RecordClass } from '../entities/field-schema.js';
import { recordOf } from '../entities/field-schema.js';
import type { EntityBase } from '../entities/field-types.js';
import { type Checked, recordSchema } from '../entities/record-schema.js';
import { type Declaration, Declarations } from './declarations.js';
import { readFileMembers } from './declarative-document.js';
import { EntityIndex } from './entity-index.js';
import { type Finding, findingsOf } from './finding.js';
import { PluginRules } from './plugin-rules.js';
import { Snapshot } from './snapshot.js';
import type { SourceDocument } from './source-document.js';

export interface BuildOptions {
  readonly registry: EntityRegistry;
  /** Names of the plugins that may be configured (setting `plugins`). */
  readonly enabledPlugins: ReadonlySet<string>;
  /** MD5 of what was read. */
  readonly hash: string;
  /** Seconds since the epoch. */
  readonly now: number;
}

export type Built = { readonly snapshot: Snapshot } | { readonly findings: readonly Finding[] };

/** Makes a snapshot of declarative documents, or finds everything that is wrong with them. */
export function buildSnapshot(sources: readonly SourceDocument[], options: BuildOptions): Built {
  const { settings, findings } = readFileMembers(sources, options.registry);
  const declarations = new Declarations(options.registry, settings);
  for (const source of sources) declarations.read(source);
  findings.push(...declarations.findings);

  const index = new EntityIndex(declarations.all);
  findings.push(...index.findings);
  const entities = new Map<Declaration, EntityBase>();
  for (const declaration of declarations.all) {
    const { value, error } = checkEntity(declaration, options.now);
    if (error === undefined) entities.set(declaration, value);
    else findings.push(...findingsIn(error, declaration));
  }
  findings.push(...new PluginRules(options.registry, options.enabledPlugins, declarations.all, entities).findings);
  if (findings.length > 0) return { findings };

  const collections = new Map<string, Map<string, EntityBase>>();
  for (const definition of options.registry.entities()) collections.set(definition.name, new Map());
  for (const [{ definition }, entity] of entities) {
    if (settings.transform) definition.transform?.(entity as never);
    collections.get(definition.name)?.set(entity.id, deepFreeze(entity));
  }
  return { snapshot: new Snapshot(collections, options.hash) };
}

function checkEntity({ definition, given }: Declaration, now: number): Checked & { readonly value: EntityBase } {
  given['created_at'] ??= createdAt(definition, now);
  given['updated_at'] ??= given['created_at'];
  return recordSchema(definition.record as RecordClass<EntityBase>).check(given);
}

const findingsIn = (error: ErrorTree, { definition, given, source, path }: Declaration): Finding[] =>
  findingsOf(error, recordOf(definition.record), given, source, path);

/** Targets are told apart by milliseconds, everything else by seconds. */
const createdAt = ({ name }: EntityDefinition, now: number) => (name === 'targets' ? now : Math.floor(now));

/** Freezes entities as deep as they go; what is shared is visited once. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
  return value;
}
