import { luaTable } from './lua-table.js';

/**
 * What is wrong with a value, in the shape of the value: a text for a field, an object for a record or map, an array
 * with null holes for a list. Kong's `fields` (kong/db/errors.lua).
 */
export type ErrorTree = string | { [field: string]: ErrorTree } | (ErrorTree | null)[];

/** The key under which errors of the entity as a whole are listed. */
export const ENTITY = '@entity';

/**
 * Kong's one-line summary: `schema violation (host: required field missing)`. Texts about the entity come first, then the
 * fields by name, one level deep; what is deeper is printed as a Lua table (kong/db/errors.lua, schema_violation).
 */
export function violationMessage(errors: ErrorTree): string {
  if (typeof errors === 'string' || Array.isArray(errors)) return `schema violation (${errorText(errors)})`;
  const { [ENTITY]: entity = [], ...named } = errors;
  const problems = [...(entity as string[]), ...byName(named).flatMap(([name, tree]) => problemsOf(name, tree))];
  if (problems.length === 1) return `schema violation (${problems[0]})`;
  return `${problems.length} schema violations (${problems.join('; ')})`;
}

function problemsOf(name: string, tree: ErrorTree): string[] {
  if (typeof tree === 'string') return [`${name}: ${tree}`];
  const below: [string, ErrorTree][] = Array.isArray(tree)
    ? tree.flatMap((element, index) => (element === null ? [] : [[String(index + 1), element]]))
    : byName(tree);
  return below.map(([member, errors]) => `${name}.${member}: ${errorText(errors)}`);
}

const errorText = (errors: ErrorTree): string => (typeof errors === 'string' ? errors : luaTable(errors, '  '));

const byName = (tree: { [field: string]: ErrorTree }): [string, ErrorTree][] =>
  Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
