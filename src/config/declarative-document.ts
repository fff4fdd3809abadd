import type { EntityRegistry } from '../entities/entity-registry.js';
import { Anything, Flag, ListOf, MapOf, RecordOf, Text } from '../entities/field.js';
import { anything, mapOf, recordOf, text } from '../entities/field-schema.js';
import { isObject, recordSchema } from '../entities/record-schema.js';
import { type Finding, findingsOf } from './finding.js';
import { chooseFrom } from './remedy.js';
import type { SourceDocument } from './source-document.js';

/** decK's `_info`. What only concerns a database is taken and has no effect. */
class Info {
  /** Tags every entity of the configuration gets. */
  @ListOf(text()) select_tags?: string[];
  /** Values for fields that an entity leaves out, by the singular of its kind. */
  @MapOf(mapOf(anything())) defaults?: Record<string, Record<string, unknown>>;
  @Anything() default_lookup_tags?: unknown;
  @Flag() consumer_group_policy_overrides?: boolean;
  @Flag() skip_hash_for_basic_auth?: boolean;
  @Anything() include_plugin_definitions?: unknown;
}

/** What a declarative file says beside entities: Kong's members and decK's. */
class FileMembers {
  @Text({ required: true, oneOf: ['1.1', '2.1', '3.0'] }) _format_version!: string;
  /** Whether values are still to be transformed, as passwords are to be hashed. */
  @Flag() _transform = true;
  @Text({ minLength: 0 }) _comment?: string;
  @ListOf(anything()) _ignore?: unknown[];
  @RecordOf(Info) _info?: Info;
  @Text() _workspace?: string;
  @Anything() _konnect?: unknown;
  /** Plugin configurations by name, for plugins to refer to by `_config`. */
  @MapOf(mapOf(anything())) _plugin_configs?: Record<string, Record<string, unknown>>;
}

/** What a name may have meant, and where it stands, takes a look at many others: of a text full of them the first are told. */
const MOST_UNKNOWN = 1000;

/** What the members of all sources say together. */
export interface FileSettings {
  readonly transform: boolean;
  /** Whether the format is older than 3.0: its regular expressions have no `~` in front. */
  readonly oldFormat: boolean;
  readonly selectTags: readonly string[];
  readonly defaults: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly pluginConfigs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Reads the members that are no entities, of all sources together. */
export function readFileMembers(
  sources: readonly SourceDocument[],
  registry: EntityRegistry,
): { settings: FileSettings; findings: Finding[] } {
  const findings: Finding[] = [];
  const kinds = registry.entities().map(({ name }) => name);
  const known = [...kinds, ...recordSchema(FileMembers).fields.map(({ name }) => name)];
  let transform = true;
  let oldFormat = false;
  const selectTags = new Set<string>();
  const defaults: Record<string, Record<string, unknown>> = {};
  const pluginConfigs: Record<string, Record<string, unknown>> = {};
  let workspace: string | undefined;

  for (const source of sources) {
    let unknown = 0;
    const given = Object.fromEntries(
      Object.entries(source.document).filter(
        ([name]) => !registry.entity(name) && (known.includes(name) || ++unknown <= MOST_UNKNOWN),
      ),
    );
    const { value: members, error } = recordSchema(FileMembers).check(given);
    if (error !== undefined) {
      findings.push(...findingsOf(error, recordOf(FileMembers), given, source, []).map((f) => explained(f, known)));
      continue;
    }
    transform &&= members._transform !== false;
    oldFormat ||= members._format_version !== '3.0';
    for (const tag of members._info?.select_tags ?? []) selectTags.add(tag);
    for (const [kind, values] of Object.entries(members._info?.defaults ?? {})) {
      defaults[kind] = filledFrom(defaults[kind] ?? {}, values);
    }
    Object.assign(pluginConfigs, members._plugin_configs);
    workspace ??= members._workspace;
    if (members._workspace !== undefined && members._workspace !== workspace) {
      findings.push({
        source,
        path: ['_workspace'],
        whole: false,
        message: `the files name different workspaces: '${workspace}' and '${members._workspace}'`,
        remedy: 'give all files the same _workspace, or none',
        value: 'shown',
      });
    }
  }
  return { settings: { transform, oldFormat, selectTags: [...selectTags], defaults, pluginConfigs }, findings };
}

/** A top-level name may have been meant for a kind of entity, and versions are numbers to YAML unless in quotes. */
function explained(finding: Finding, known: readonly string[]): Finding {
  const [name] = finding.path;
  if (finding.path.length === 1 && finding.message === 'unknown field') {
    return { ...finding, remedy: chooseFrom(name, known, 'remove it') };
  }
  return name === '_format_version' ? { ...finding, remedy: 'write _format_version: "3.0", with the quotes' } : finding;
}

/** `given`, and what `other` says where it says nothing; members of members alike. */
export function filledFrom(
  given: Readonly<Record<string, unknown>>,
  other: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const filled: Record<string, unknown> = { ...given };
  for (const [name, value] of Object.entries(other)) {
    const own = filled[name];
    if (own === undefined) filled[name] = value;
    else if (isObject(own) && isObject(value)) filled[name] = filledFrom(own, value);
  }
  return filled;
}
