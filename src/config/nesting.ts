/** Levels of records and lists that are taken; YAML is read to about as many. Nothing a configuration says has ten. */
export const MOST_LEVELS = 64;

/**
 * Whether a value that was read from JSON is nested deeper than so many levels. Whatever walks through it later walks by calls,
 * and a stack has an end.
 */
export function isNestedDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const name in value) if (isNestedDeeper((value as Record<string, unknown>)[name], levels - 1)) return true;
  return false;
}
