/** One line of a transformer's list: `name:value`, or `name` alone. */
export interface Entry {
  readonly name: string;
  /** `''` when there is none. */
  readonly value: string;
}

/** Cut at the first colon. Colons directly after it belong to neither side; later ones belong to the value, as in Kong. */
export function entryOf(line: string): Entry {
  const colon = line.indexOf(':');
  if (colon < 0) return { name: line, value: '' };
  let start = colon + 1;
  while (line[start] === ':') start++;
  return { name: line.slice(0, colon), value: line.slice(start) };
}
