/**
 * What is wrong with a value, in the shape of the value: a text for a field, an object for a record or map, an array
 * with null holes for a list. Kong's `fields` (kong/db/errors.lua).
 */
export type ErrorTree = string | { [field: string]: ErrorTree } | (ErrorTree | null)[];

/** The key under which errors of the entity as a whole are listed. */
export const ENTITY = '@entity';

/** Kong's one-line summary: `schema violation (host: required field missing)`, entity texts first, fields by name. */
export function violationMessage(fields: ErrorTree): string {
  const problems = problemsOf(fields, '', 0);
  if (problems.length === 1) return `schema violation (${problems[0]})`;
  return `${problems.length} schema violations (${problems.join('; ')})`;
}

function problemsOf(tree: ErrorTree, path: string, depth: number): string[] {
  if (typeof tree === 'string') return [path ? `${path}: ${tree}` : tree];
  if (Array.isArray(tree)) {
    if (path.endsWith(ENTITY)) return tree.map((message) => String(message));
    return tree.flatMap((element, index) =>
      element === null ? [] : problemsOf(element, `${path}.${index + 1}`, depth + 1),
    );
  }
  const entity = tree[ENTITY];
  const texts = Array.isArray(entity) ? entity.map(String) : [];
  const names = Object.keys(tree)
    .filter((name) => name !== ENTITY)
    .sort();
  return [
    ...texts,
    ...names.flatMap((name) => problemsOf(tree[name] as ErrorTree, path ? `${path}.${name}` : name, depth + 1)),
  ];
}
