import { byteString, textOfBytes } from '../entities/byte-string.js';
import { LuaError } from './lua-error.js';
import { luaText } from './lua-text.js';
import { type LuaFunction, LuaTable, type LuaValue } from './lua-value.js';

/** A table that Lua may read and not change. */
export class ReadOnlyTable extends LuaTable {
  constructor(
    /** For the error that refuses a change. */
    private readonly label: string,
  ) {
    super();
  }

  override set(key: LuaValue, _value: LuaValue): never {
    throw new LuaError(`${this.label} is read-only: cannot set '${luaText(key)}'`);
  }

  override insert(position: number, value: LuaValue): never {
    return this.set(position, value);
  }

  override removeAt(position: number): never {
    return this.set(position, undefined);
  }

  override get values(): never {
    throw new LuaError(`${this.label} is read-only: cannot sort it`);
  }
}

/** Functions and constants under fixed names. */
export class LibraryTable extends ReadOnlyTable {
  constructor(
    name: string,
    private readonly members: ReadonlyMap<string, LuaValue>,
  ) {
    super(name);
  }

  override get(key: LuaValue): LuaValue {
    return typeof key === 'string' ? this.members.get(key) : undefined;
  }

  override entries(): Generator<readonly [LuaValue, LuaValue]> {
    return this.members.entries() as Generator<readonly [string, LuaValue]>;
  }
}

/** An object or list of the gateway as a table. What nobody looks at is not converted. */
export class HostTable extends ReadOnlyTable {
  private readonly tables = new Map<string, LuaValue>();

  constructor(
    private readonly name: string,
    private readonly source: Readonly<Record<string, unknown>> | readonly unknown[],
  ) {
    super(name);
  }

  override get(key: LuaValue): LuaValue {
    if (typeof key !== 'string' && typeof key !== 'number') return undefined;
    const { source } = this;
    if (Array.isArray(source)) return typeof key === 'number' ? this.member(String(key - 1)) : undefined;
    return this.member(typeof key === 'string' ? textOfBytes(key) : String(key));
  }

  override length(): number {
    if (Array.isArray(this.source)) return this.source.length;
    let length = 0;
    while (Object.hasOwn(this.source, String(length + 1))) length++;
    return length;
  }

  override *entries(): Generator<readonly [LuaValue, LuaValue]> {
    const isList = Array.isArray(this.source);
    for (const key of Object.keys(this.source)) {
      const value = this.member(key);
      if (value !== undefined) yield [isList ? Number(key) + 1 : byteString(key), value];
    }
  }

  /** Only what the object has itself: Lua must not reach what all objects inherit. */
  private member(key: string): LuaValue {
    if (!Object.hasOwn(this.source, key)) return undefined;
    const known = this.tables.get(key);
    if (known) return known;
    const value = toLua((this.source as Record<string, unknown>)[key], `${this.name}.${key}`);
    // Kept, so that a table looked up twice is the same table.
    if (value instanceof LuaTable) this.tables.set(key, value);
    return value;
  }
}

/** A value of the gateway as Lua sees it. Functions are not shown; see `hostFunction`. */
export function toLua(value: unknown, name: string): LuaValue {
  switch (typeof value) {
    case 'string':
      return byteString(value);
    case 'number':
    case 'boolean':
      return value;
    case 'object':
      if (value === null || value instanceof LuaTable) return value ?? undefined;
      return new HostTable(name, value as Record<string, unknown>);
    default:
      return undefined;
  }
}

/** A function of the gateway that Lua may call: gets plain values, gives one. */
export function hostFunction(name: string, implementation: (...args: unknown[]) => unknown): LuaFunction {
  return (args) => [toLua(implementation(...args.map((arg) => fromLua(arg))), name)];
}

/** Deeper than any record is meant to be; a table that contains itself ends here too. */
const MAX_DEPTH = 32;

/** So few places may be empty in a list as they like; in a longer one, no more than half (Kong's JSON library). */
const SHORT_LIST = 10;

/** How long a table is as a list, gaps included; 0: it is none. */
function listLength(entries: readonly (readonly [LuaValue, LuaValue])[]): number {
  let longest = 0;
  for (const [key] of entries) {
    if (typeof key !== 'number' || !Number.isInteger(key) || key < 1) return 0;
    longest = Math.max(longest, key);
  }
  return longest <= SHORT_LIST || longest <= entries.length * 2 ? longest : 0;
}

/** A Lua value as plain data: texts decoded, tables as arrays (gaps are null) or objects, functions left out. */
export function fromLua(value: LuaValue, depth = 0): unknown {
  if (typeof value === 'string') return textOfBytes(value);
  if (typeof value === 'function') return undefined;
  if (!(value instanceof LuaTable)) return value;
  if (depth >= MAX_DEPTH) return undefined;
  const entries = [...value.entries()];
  const length = listLength(entries);
  if (length > 0) {
    const list = Array<unknown>(length).fill(null);
    for (const [key, member] of entries) list[(key as number) - 1] = fromLua(member, depth + 1);
    return list;
  }
  const object: Record<string, unknown> = {};
  for (const [key, member] of entries) {
    if (typeof key !== 'string' && typeof key !== 'number') continue;
    Object.defineProperty(object, textOfBytes(String(key)), {
      value: fromLua(member, depth + 1),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return object;
}
