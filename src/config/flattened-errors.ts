import type { EntityRegistry } from '../entities/entity-registry.js';
import { ENTITY, type ErrorTree } from '../entities/error-tree.js';
import { isObject } from '../entities/record-schema.js';
import { UUID } from '../entities/uuid.js';
import { type EntityRelations, relationsOf } from './entity-relations.js';

/** Everything that is wrong with one entity of a refused file, as `POST /config?flatten_errors=1` answers it. */
export interface FlattenedError {
  readonly entity_type: string;
  readonly entity_id?: string;
  readonly entity_name?: string;
  readonly entity_tags?: readonly string[];
  /** The entity as it was sent, without the entities nested in it. */
  readonly entity: Readonly<Record<string, unknown>>;
  readonly errors: readonly FlattenedMessage[];
}

export type FlattenedMessage =
  | { readonly type: 'entity'; readonly message: string }
  /** `field`: `config.http_endpoint`, `paths.1`; lists count from 1. */
  | { readonly type: 'field'; readonly field: string; readonly message: string };

type Tree = { readonly [name: string]: ErrorTree };

/**
 * The errors of a refused file entity by entity, nested ones in their own right, and the members of the file that are told
 * completely by them. `fields` is the shape of `document`.
 * Source: Kong kong/db/errors.lua, declarative_config_flattened.
 */
export function flattenedErrors(
  fields: Tree,
  document: Readonly<Record<string, unknown>>,
  registry: EntityRegistry,
): { readonly errors: readonly FlattenedError[]; readonly told: ReadonlySet<string> } {
  const errors: FlattenedError[] = [];
  const told = new Set<string>();
  const relations = relationsOf(registry);
  for (const kind of Object.keys(fields)) {
    const [entities, trees] = [document[kind], fields[kind]];
    if (!registry.entity(kind) || !Array.isArray(entities) || !Array.isArray(trees)) continue;
    addAll(kind, entities, trees, undefined, relations, errors);
    // What is in the place of an entity and is none is told where it is.
    if (trees.every((tree, index) => tree === null || isObject(entities[index]))) told.add(kind);
  }
  return { errors, told };
}

/** How the children of an entity refer to it, for those that are nested and do not say so. */
interface Owner {
  readonly field: string;
  readonly id: string;
}

function addAll(
  kind: string,
  entities: unknown,
  trees: ErrorTree | undefined,
  owner: Owner | undefined,
  relations: EntityRelations,
  flattened: FlattenedError[],
): void {
  if (!Array.isArray(entities) || !Array.isArray(trees)) return;
  trees.forEach((tree, index) => {
    const entity: unknown = entities[index];
    if (tree === null || !isObject(entity)) return;
    const own: Record<string, unknown> = { ...entity };
    if (owner) own[owner.field] ??= { id: owner.id };
    addEntity(kind, own, typeof tree === 'string' ? { [ENTITY]: [tree] } : (tree as Tree), relations, flattened);
  });
}

function addEntity(
  kind: string,
  entity: Record<string, unknown>,
  tree: Tree,
  relations: EntityRelations,
  flattened: FlattenedError[],
): void {
  const rest: { [name: string]: ErrorTree } = { ...tree };
  const id = typeof entity['id'] === 'string' && UUID.test(entity['id']) ? entity['id'] : idOfAnother(tree);
  for (const [childKind, { field }] of relations.get(kind) ?? []) {
    const children = entity[childKind];
    if (!Array.isArray(children)) continue;
    delete entity[childKind];
    addAll(childKind, children, rest[childKind], id === undefined ? undefined : { field, id }, relations, flattened);
    delete rest[childKind];
  }
  const errors = messagesIn(rest, '');
  if (errors.length === 0) return;
  const { name, tags } = entity;
  flattened.push({
    entity_type: kind.replace(/s$/, ''),
    ...(id === undefined ? {} : { entity_id: id }),
    ...(typeof name === 'string' && name !== '' ? { entity_name: name } : {}),
    ...(isTextList(tags) ? { entity_tags: tags } : {}),
    entity,
    errors,
  });
}

/** An entity that was not given an id was found to have this one, and another to have it too. */
function idOfAnother(tree: Tree): string | undefined {
  const [message] = Array.isArray(tree[ENTITY]) ? tree[ENTITY] : [];
  return typeof message === 'string' ? /with primary key set to '([^']+)' already/.exec(message)?.[1] : undefined;
}

function messagesIn(tree: ErrorTree, path: string): FlattenedMessage[] {
  if (typeof tree === 'string') return [{ type: 'field', field: path, message: tree }];
  const below = (name: string | number) => (path === '' ? String(name) : `${path}.${name}`);
  if (Array.isArray(tree)) {
    return tree.flatMap((element, index) => (element === null ? [] : messagesIn(element, below(index + 1))));
  }
  return Object.entries(tree).flatMap(([name, member]): FlattenedMessage[] => {
    if (name !== ENTITY) return messagesIn(member, below(name));
    return (member as string[]).map((message) => ({ type: 'entity', message }));
  });
}

const isTextList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((element) => typeof element === 'string');
