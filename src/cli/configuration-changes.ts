import type { Snapshot } from '../config/snapshot.js';
import { coreRegistry } from '../entities/core-entities.js';
import type { EntityDefinition } from '../entities/entity.js';
import type { FieldSchema, RecordClass } from '../entities/field-schema.js';
import type { EntityBase } from '../entities/field-types.js';
import { isObject, recordSchema } from '../entities/record-schema.js';

/** Made anew by each reading of a file. */
const INCIDENTAL = new Set(['id', 'created_at', 'updated_at']);
const LONGEST_VALUE = 60;

type Fields = Readonly<Record<string, unknown>>;

/** What makes one configuration another, entity by entity, each with its fields on the lines below. */
export function changesBetween(before: Snapshot, after: Snapshot): string[] {
  return coreRegistry()
    .entities()
    .flatMap((definition) => {
      const [old, recent] = [labelled(before, definition), labelled(after, definition)];
      const removed = [...old.keys()].filter((label) => !recent.has(label)).map((label) => `- ${label} is removed`);
      const rest = [...recent].flatMap(([label, entity]) => {
        const was = old.get(label);
        if (!was) return [`+ ${label} is added`];
        const fields = new Comparison(before, after).record(definition.record, was, entity, '');
        return fields.length > 0 ? [[`~ ${label} changes`, ...fields].join('\n    ')] : [];
      });
      return [...removed, ...rest];
    });
}

/** Entities by what a person calls them. Those nobody can tell apart are numbered. */
function labelled(snapshot: Snapshot, definition: EntityDefinition): Map<string, EntityBase> {
  const entities = new Map<string, EntityBase>();
  for (const entity of snapshot.all(definition.name).values()) {
    const label = labelOf(entity, definition, snapshot);
    let unique = label;
    for (let count = 2; entities.has(unique); count++) unique = `${label} (${count})`;
    entities.set(unique, entity);
  }
  return entities;
}

/** `route 'codex'`, `plugin 'file-log' of service 'models'`, `target '10.0.0.1:80' of upstream 'api'`. */
function labelOf(entity: EntityBase, definition: EntityDefinition, snapshot: Snapshot): string {
  const { fields } = recordSchema(definition.record);
  const values = entity as unknown as Fields;
  const named = [definition.nameKey, 'name', 'group', 'kid'].find((field) => typeof values[field ?? ''] === 'string');
  const secret = fields.some(({ name, schema }) => name === named && schema.encrypted === true);
  const label =
    named === undefined || secret ? definition.singular : `${definition.singular} '${String(values[named])}'`;
  if (named !== undefined && named === definition.stableIdFrom) return label;
  const owners = fields.flatMap(({ name, schema }) =>
    schema.type === 'foreign' && values[name] != null ? [referenceLabel(values[name], schema.reference, snapshot)] : [],
  );
  return [label, ...owners].join(' of ');
}

function referenceLabel(reference: unknown, kind: string, snapshot: Snapshot): string {
  const definition = coreRegistry().entity(kind);
  const entity = snapshot.get(kind, (reference as { readonly id: string }).id);
  return definition && entity ? labelOf(entity, definition, snapshot) : kind;
}

/** Field by field, what one entity has and the other has not. */
class Comparison {
  constructor(
    private readonly before: Snapshot,
    private readonly after: Snapshot,
  ) {}

  record(record: RecordClass, old: object, recent: object, path: string): string[] {
    return recordSchema(record).fields.flatMap(({ name, schema: field }) => {
      if (path === '' && INCIDENTAL.has(name)) return [];
      return this.field(field, (old as Fields)[name] ?? null, (recent as Fields)[name] ?? null, `${path}${name}`);
    });
  }

  private field(schema: FieldSchema, old: unknown, recent: unknown, path: string): string[] {
    const record = recordIn(schema, old, recent);
    if (record) return this.record(record, old as object, recent as object, `${path}.`);
    if (schema.type === 'foreign') {
      const was = old === null ? 'none' : referenceLabel(old, schema.reference, this.before);
      const is = recent === null ? 'none' : referenceLabel(recent, schema.reference, this.after);
      return was === is ? [] : [`${path}: ${was} → ${is}`];
    }
    if (JSON.stringify(old) === JSON.stringify(recent)) return [];
    if (mayHoldSecrets(schema)) return [`${path}: another value (secret)`];
    return [`${path}: ${shown(old)} → ${shown(recent)}`];
  }
}

/** The class both values are of, where they are records. A Plugin's `config` is an instance of the plugin's class. */
function recordIn(schema: FieldSchema, old: unknown, recent: unknown): RecordClass | undefined {
  if (!isObject(old) || !isObject(recent)) return undefined;
  if (schema.type === 'record') return schema.record;
  const sameClass = old.constructor === recent.constructor && old.constructor !== Object;
  return schema.type === 'any' && sameClass ? (old.constructor as RecordClass) : undefined;
}

function mayHoldSecrets(schema: FieldSchema): boolean {
  if (schema.encrypted) return true;
  if (schema.type === 'array' || schema.type === 'set') return mayHoldSecrets(schema.elements);
  if (schema.type === 'map') return mayHoldSecrets(schema.values);
  if (schema.type !== 'record') return false;
  return recordSchema(schema.record).fields.some((field) => mayHoldSecrets(field.schema));
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}
