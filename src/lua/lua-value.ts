import type { LuaRun } from './lua-run.js';

/** `undefined` is nil. Strings are bytes, one character each. */
export type LuaValue = undefined | boolean | number | string | LuaTable | LuaFunction;

/** Takes and gives any number of values, as Lua functions do. What it costs is charged to the run. */
export type LuaFunction = (args: readonly LuaValue[], run: LuaRun) => readonly LuaValue[];

export type LuaTypeName = 'nil' | 'boolean' | 'number' | 'string' | 'table' | 'function';

export function typeName(value: LuaValue): LuaTypeName {
  if (value === undefined) return 'nil';
  return value instanceof LuaTable ? 'table' : (typeof value as LuaTypeName);
}

/** Everything but nil and false. */
export function isTrue(value: LuaValue): boolean {
  return value !== undefined && value !== false;
}

/** Rough cost of a slot, for the memory limit. */
export const SLOT_BYTES = 40;

/**
 * A Lua table: values under 1, 2, 3 … in a list, all others in a map. There are no metatables in the sandbox; a subclass
 * that overrides `get` and `set` takes their place where the gateway shows something of its own as a table.
 */
export class LuaTable {
  /** `list[0]` is the value of key 1. Never ends with nil, and the map never has the key that would come next. */
  private readonly list: LuaValue[] = [];
  private map: Map<LuaValue, LuaValue> | undefined;

  static ofList(values: readonly LuaValue[]): LuaTable {
    const table = new LuaTable();
    for (let index = 0; index < values.length; index++) table.set(index + 1, values[index]);
    return table;
  }

  static ofEntries(entries: Iterable<readonly [string, LuaValue]>): LuaTable {
    const table = new LuaTable();
    for (const [key, value] of entries) table.set(key, value);
    return table;
  }

  get(key: LuaValue): LuaValue {
    if (typeof key === 'number' && key >= 1 && key <= this.list.length && Number.isInteger(key)) {
      return this.list[key - 1];
    }
    return this.map?.get(key);
  }

  /** A nil value removes. The key is neither nil nor NaN. */
  set(key: LuaValue, value: LuaValue): void {
    if (typeof key === 'number' && key >= 1 && key <= this.list.length + 1 && Number.isInteger(key)) {
      if (key <= this.list.length) {
        this.list[key - 1] = value;
        this.trim();
      } else if (value !== undefined) {
        this.list.push(value);
        this.absorb();
      }
    } else if (value === undefined) this.map?.delete(key);
    else (this.map ??= new Map()).set(key, value);
  }

  /** A border, as Lua's `#` promises no more when there are holes. */
  length(): number {
    return this.list.length;
  }

  /** Moves the values from there on one place up. */
  insert(position: number, value: LuaValue): void {
    if (position < 1 || position > this.list.length) {
      this.set(position, value);
      return;
    }
    this.list.splice(position - 1, 0, value);
    this.absorb();
  }

  /** Moves the values after it one place down. */
  removeAt(position: number): LuaValue {
    if (position < 1 || position > this.list.length) return undefined;
    const [removed] = this.list.splice(position - 1, 1);
    this.trim();
    return removed;
  }

  /** The values from 1 to the border, in their own array: for sorting in place. */
  get values(): LuaValue[] {
    return this.list;
  }

  /** Keys and values, the list first. Assigning to keys that are there is fine meanwhile. */
  *entries(): Generator<readonly [LuaValue, LuaValue]> {
    for (let index = 0; index < this.list.length; index++) {
      const value = this.list[index];
      if (value !== undefined) yield [index + 1, value];
    }
    if (this.map) yield* this.map;
  }

  private trim(): void {
    while (this.list.length > 0 && this.list.at(-1) === undefined) this.list.pop();
  }

  private absorb(): void {
    const { list, map } = this;
    for (let value = map?.get(list.length + 1); value !== undefined; value = map?.get(list.length + 1)) {
      map?.delete(list.length + 1);
      list.push(value);
    }
  }
}
