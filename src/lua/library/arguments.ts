import type { LuaRun } from '../lua-run.js';
import { arithmeticNumber, numberText } from '../lua-text.js';
import { type LuaFunction, LuaTable, type LuaValue, typeName } from '../lua-value.js';

/** The arguments of one library call, checked as they are asked for. Positions count from 1, as in Lua's messages. */
export class Arguments {
  constructor(
    private readonly name: string,
    private readonly list: readonly LuaValue[],
    private readonly run: LuaRun,
  ) {}

  get count(): number {
    return this.list.length;
  }

  at(position: number): LuaValue {
    return this.list[position - 1];
  }

  text(position: number): string {
    const value = this.at(position);
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return numberText(value);
    throw this.wrong(position, 'string');
  }

  number(position: number): number;
  number(position: number, fallback: number): number;
  number(position: number, fallback?: number): number {
    const value = this.at(position);
    if (value === undefined && fallback !== undefined) return fallback;
    const number = arithmeticNumber(value);
    if (number === undefined) throw this.wrong(position, 'number');
    return number;
  }

  /** A number cut off at its point. What is no number at all counts as 0, so that no limit is ever compared with it. */
  integer(position: number, fallback?: number): number {
    return Math.trunc(fallback === undefined ? this.number(position) : this.number(position, fallback)) || 0;
  }

  table(position: number): LuaTable {
    const value = this.at(position);
    if (value instanceof LuaTable) return value;
    throw this.wrong(position, 'table');
  }

  callable(position: number): LuaFunction {
    const value = this.at(position);
    if (typeof value === 'function') return value;
    throw this.wrong(position, 'function');
  }

  any(position: number): LuaValue {
    if (position > this.list.length) throw this.fault(position, 'value expected');
    return this.at(position);
  }

  fault(position: number, what: string): Error {
    return this.run.fault(`bad argument #${position} to '${this.name}' (${what})`);
  }

  private wrong(position: number, expected: string): Error {
    const value = this.at(position);
    const got = position > this.list.length ? 'no value' : typeName(value);
    return this.fault(position, `${expected} expected, got ${got}`);
  }
}

/** A function of a library: gets its arguments checked, gives one value or none. */
export type LibraryFunction = (args: Arguments, run: LuaRun) => LuaValue;
/** One that gives several. */
export type ManyValued = (args: Arguments, run: LuaRun) => readonly LuaValue[];

function single(name: string, implementation: LibraryFunction): LuaFunction {
  return (list, run) => [implementation(new Arguments(name, list, run), run)];
}

function many(name: string, implementation: ManyValued): LuaFunction {
  return (list, run) => implementation(new Arguments(name, list, run), run);
}

/** Functions under their names, as Lua values. */
export function libraryOf(
  singles: Readonly<Record<string, LibraryFunction>>,
  manyValued: Readonly<Record<string, ManyValued>> = {},
): ReadonlyMap<string, LuaValue> {
  return new Map<string, LuaValue>([
    ...Object.entries(singles).map(([name, implementation]) => [name, single(name, implementation)] as const),
    ...Object.entries(manyValued).map(([name, implementation]) => [name, many(name, implementation)] as const),
  ]);
}
