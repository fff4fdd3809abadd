/** `add`: only where nothing is yet; `replace`: only where something is; `set`: in any case. */
export type LogFieldMode = 'set' | 'add' | 'replace';

interface Operation {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly mode: LogFieldMode;
}

/**
 * What plugins add to the log record of their request, applied in order when the record is made. A `.` in a key nests,
 * `\.` is a literal dot; `undefined` removes. A function is asked for its value at that moment: what a stream reported is
 * complete only then, and a client that leaves early ends no phase. Source: Kong kong/pdk/log.lua, set_serialize_value.
 */
export class LogFields {
  private readonly operations: Operation[] = [];

  set(key: string, value: unknown, mode: LogFieldMode = 'set'): void {
    const path = pathOf(key);
    if (path !== NOWHERE) this.operations.push({ path, value, mode });
  }

  /** Applies every operation to a record. A path through something that is no object is left out. */
  applyTo(record: Record<string, unknown>): void {
    for (const { path, value: given, mode } of this.operations) {
      const value: unknown = typeof given === 'function' ? given() : given;
      const parent = parentOf(record, path, value !== undefined);
      if (!parent) continue;
      const last = path.at(-1) as string;
      const present = parent[last] !== undefined;
      if ((mode === 'add' && present) || (mode === 'replace' && !present)) continue;
      if (value !== undefined) parent[last] = value;
      else if (present) delete parent[last];
    }
  }
}

/** The object that holds the last part of a path; `undefined` when there is none and none may be made. */
function parentOf(record: Record<string, unknown>, path: readonly string[], make: boolean) {
  let level = record;
  for (let depth = 0; depth < path.length - 1; depth++) {
    const key = path[depth] as string;
    if (!make && level[key] === undefined) return undefined;
    const next = writableAt(level, key);
    if (!next) return undefined;
    level = next;
  }
  return level;
}

/** The object under a key, made when there is none. Frozen ones are shared by many records: this record gets a copy. */
function writableAt(level: Record<string, unknown>, key: string): Record<string, unknown> | undefined {
  const present = level[key] ?? {};
  if (typeof present !== 'object') return undefined;
  const writable = Object.isFrozen(present) ? { ...present } : present;
  level[key] = writable;
  return writable as Record<string, unknown>;
}

/** A path that would lead out of the record, to what all objects share. */
const NOWHERE: readonly string[] = [];

const paths = new Map<string, readonly string[]>();

function pathOf(key: string): readonly string[] {
  const known = paths.get(key);
  if (known) return known;
  const parts = key.split(/(?<!\\)\./).map((part) => part.replaceAll('\\.', '.'));
  const path = parts.includes('__proto__') ? NOWHERE : parts;
  // Keys come from configurations and code, not from requests, so this stays small; the bound is for the day it does not.
  if (paths.size < 1000) paths.set(key, path);
  return path;
}
