import type { EntityDefinition } from '../entities/entity.js';
import type { EntityRegistry } from '../entities/entity-registry.js';
import { recordOf } from '../entities/field-schema.js';
import { isObject, setMember } from '../entities/record-schema.js';
import type { PathStep } from './configuration-problem.js';
import { type FileSettings, filledFrom } from './declarative-document.js';
import { type EntityRelations, relationsOf } from './entity-relations.js';
import { type Finding, findingsOf } from './finding.js';
import { chooseFrom } from './remedy.js';
import type { SourceDocument } from './source-document.js';

/** One entity as a declarative file has it, nested or not. */
export interface Declaration {
  readonly definition: EntityDefinition;
  readonly source: SourceDocument;
  readonly path: readonly PathStep[];
  /** Its fields as given, nested entities taken out. Completed on the way to becoming an entity. */
  readonly given: Record<string, unknown>;
  /** The entity it is nested in, and its field that refers to it. */
  readonly parent: { readonly field: string; readonly declaration: Declaration } | undefined;
  /** Assigned once all are known. */
  id: string;
}

/** Finds every entity in declarative documents. */
export class Declarations {
  readonly all: Declaration[] = [];
  readonly findings: Finding[] = [];
  private readonly relations: EntityRelations;

  constructor(
    private readonly registry: EntityRegistry,
    private readonly settings: FileSettings,
  ) {
    this.relations = relationsOf(registry);
  }

  read(source: SourceDocument): void {
    for (const [name, list] of Object.entries(source.document)) {
      const definition = this.registry.entity(name);
      if (definition) this.readList(definition, list, source, [name], undefined);
    }
  }

  private readList(
    definition: EntityDefinition,
    list: unknown,
    source: SourceDocument,
    path: readonly PathStep[],
    parent: Declaration['parent'],
  ): void {
    if (list === undefined || list === null) return;
    if (!Array.isArray(list)) {
      if (isObject(list) && Object.keys(list).length === 0) return;
      this.report('expected an array', `write ${definition.name} as a list`, source, path);
      return;
    }
    list.forEach((item: unknown, index) => {
      this.readEntity(definition, item, source, [...path, index], parent);
    });
  }

  private readEntity(
    definition: EntityDefinition,
    item: unknown,
    source: SourceDocument,
    path: readonly PathStep[],
    parent: Declaration['parent'],
  ): void {
    if (!isObject(item)) {
      this.report('expected a record', `write the ${definition.singular}'s fields below it`, source, path);
      return;
    }
    const given: Record<string, unknown> = {};
    const declaration: Declaration = { definition, source, path, given, parent, id: '' };
    this.all.push(declaration);
    const nested = this.relations.get(definition.name);
    for (const [name, value] of Object.entries(item)) {
      const child = nested?.get(name);
      if (child) {
        const below = name === 'snis' ? namedSnis(value) : value;
        this.readList(child.definition, below, source, [...path, name], { field: child.field, declaration });
      } else if (name === 'groups' && definition.name === 'consumers') {
        this.readMembers('consumer_group', value, source, [...path, name], { field: 'consumer', declaration });
      } else if (name === 'consumers' && definition.name === 'consumer_groups') {
        this.readMembers('consumer', value, source, [...path, name], { field: 'consumer_group', declaration });
      } else if (name === '_config' && definition.name === 'plugins') {
        this.readSharedConfig(value, item, given, source, [...path, name]);
      } else if (name !== '_comment' && name !== '_ignore') {
        if (!Object.hasOwn(given, name) || given[name] == null) setMember(given, name, value);
      }
    }
    this.complete(declaration);
  }

  /** decK's `groups` of a Consumer, and `consumers` of a group: each is a membership that names the other side. */
  private readMembers(
    field: 'consumer' | 'consumer_group',
    list: unknown,
    source: SourceDocument,
    path: readonly PathStep[],
    parent: Declaration['parent'],
  ): void {
    const members = Array.isArray(list) ? list.map((other: unknown) => ({ [field]: other })) : list;
    this.readList(this.registry.entity('consumer_group_consumers') as EntityDefinition, members, source, path, parent);
  }

  /** decK's `_config: <name>`: what the plugin's own `config` leaves out comes from `_plugin_configs`. */
  private readSharedConfig(
    name: unknown,
    plugin: Readonly<Record<string, unknown>>,
    given: Record<string, unknown>,
    source: SourceDocument,
    path: readonly PathStep[],
  ): void {
    const { pluginConfigs } = this.settings;
    const shared = typeof name === 'string' && Object.hasOwn(pluginConfigs, name) ? pluginConfigs[name] : undefined;
    if (shared) {
      given['config'] = filledFrom(isObject(plugin['config']) ? plugin['config'] : {}, shared);
      return;
    }
    const remedy = chooseFrom(name, Object.keys(pluginConfigs), 'add it to _plugin_configs');
    this.report(`_plugin_config "${String(name)}" not found`, remedy, source, path);
  }

  /** What the file says of all entities of a kind, and what the kind itself completes. */
  private complete({ definition, given, source, path }: Declaration): void {
    const defaults = this.settings.defaults[definition.singular];
    if (defaults) Object.assign(given, filledFrom(given, defaults));
    const { selectTags } = this.settings;
    const tags = given['tags'] ?? [];
    if (selectTags.length > 0 && Array.isArray(tags))
      given['tags'] = [...new Set([...(tags as unknown[]), ...selectTags])];
    if (this.settings.oldFormat && definition.name === 'routes') markPatterns(given);
    const wrong = definition.unfold?.(given);
    if (wrong)
      for (const finding of findingsOf({ ...wrong }, recordOf(definition.record), given, source, path))
        this.findings.push(finding);
    for (const name of Object.keys(wrong ?? {})) delete given[name];
    definition.complete?.(given);
  }

  private report(message: string, remedy: string, source: SourceDocument, path: readonly PathStep[]): void {
    const [finding] = findingsOf(message, undefined, undefined, source, path);
    this.findings.push({ ...(finding as Finding), remedy });
  }
}

/** Certificates may list their server names as plain text. */
function namedSnis(list: unknown): unknown {
  return Array.isArray(list) ? list.map((sni: unknown) => (typeof sni === 'string' ? { name: sni } : sni)) : list;
}

/** Before 3.0 a path with other characters than these was a regular expression (Kong: migrations/route_path.lua). */
function markPatterns(route: Record<string, unknown>): void {
  if (!Array.isArray(route['paths'])) return;
  route['paths'] = route['paths'].map((path: unknown) =>
    typeof path === 'string' && path.startsWith('/') && !/^[a-zA-Z0-9.\-_~/%]*$/.test(path) ? `~${path}` : path,
  );
}
