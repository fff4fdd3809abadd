import type { EntityRegistry } from '../entities/entity-registry.js';
import type { EntityBase } from '../entities/field-types.js';
import type { PluginEntity } from '../entities/plugin-entity.js';
import type { Route } from '../entities/route.js';
import { type Declaration, Declarations } from './declarations.js';
import { readFileMembers } from './declarative-document.js';
import { checkFields, deepFreeze, findingsIn } from './entity-check.js';
import { EntityIndex } from './entity-index.js';
import type { Finding } from './finding.js';
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

export type Built =
  /** `places`: where each entity stands in its text, by id. */
  | { readonly snapshot: Snapshot; readonly places: ReadonlyMap<string, Declaration> }
  | { readonly findings: readonly Finding[] };

/** Makes a snapshot of declarative documents, or finds everything that is wrong with them. */
export function buildSnapshot(sources: readonly SourceDocument[], options: BuildOptions): Built {
  const { settings, findings } = readFileMembers(sources, options.registry);
  const declarations = new Declarations(options.registry, settings);
  for (const source of sources) declarations.read(source);
  for (const finding of declarations.findings) findings.push(finding);

  const index = new EntityIndex(declarations.all);
  for (const finding of index.findings) findings.push(finding);
  const entities = new Map<Declaration, EntityBase>();
  for (const declaration of declarations.all) {
    const { value, error } = checkFields(declaration, options.now);
    if (error === undefined) entities.set(declaration, value);
    else for (const finding of findingsIn(error, declaration)) findings.push(finding);
  }
  const rules = new PluginRules(options.registry, options.enabledPlugins, routesIn(entities));
  for (const declaration of declarations.all) {
    if (declaration.definition.name !== 'plugins') continue;
    rules.check(declaration, entities.get(declaration) as PluginEntity | undefined);
  }
  for (const finding of rules.findings) findings.push(finding);
  if (findings.length > 0) return { findings };

  const collections = new Map<string, Map<string, EntityBase>>();
  for (const definition of options.registry.entities()) collections.set(definition.name, new Map());
  const places = new Map<string, Declaration>();
  for (const [declaration, entity] of entities) {
    const { definition } = declaration;
    if (settings.transform) definition.transform?.(entity as never);
    collections.get(definition.name)?.set(entity.id, deepFreeze(entity));
    places.set(entity.id, declaration);
  }
  return { snapshot: new Snapshot(collections, options.hash), places };
}

function routesIn(entities: ReadonlyMap<Declaration, EntityBase>): Route[] {
  return [...entities].flatMap(([{ definition }, entity]) => (definition.name === 'routes' ? [entity as Route] : []));
}
