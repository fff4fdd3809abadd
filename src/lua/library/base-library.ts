import { LuaError, LuaSyntaxError } from '../lua-error.js';
import type { LuaRun } from '../lua-run.js';
import { luaText, numberOfText } from '../lua-text.js';
import { isTrue, type LuaFunction, type LuaTable, type LuaValue, typeName } from '../lua-value.js';
import { type Arguments, libraryOf } from './arguments.js';
import { unpack } from './table-library.js';

const type = (args: Arguments): LuaValue => typeName(args.any(1));

function toNumber(args: Arguments): LuaValue {
  const base = args.integer(2, 10);
  const value = args.any(1);
  if (base === 10)
    return typeof value === 'number' ? value : typeof value === 'string' ? numberOfText(value) : undefined;
  if (base < 2 || base > 36) throw args.fault(2, 'base out of range');
  const digits = args.text(1).trim().toLowerCase();
  const valid = digits.split('').every((digit) => Number.parseInt(digit, 36) < base);
  return digits !== '' && valid ? Number.parseInt(digits, base) : undefined;
}

/** What a caught error is to Lua. A limit that was hit, or a fault of ours, is none: it goes on. */
function caught(error: unknown, run: LuaRun): LuaValue {
  if (error instanceof LuaError) return error.raised as LuaValue;
  if (error instanceof LuaSyntaxError) return error.message;
  // Deep recursion of the program is recursion of ours.
  if (error instanceof RangeError) return run.fault('stack overflow').message;
  throw error;
}

function protectedCall(callee: LuaFunction, args: readonly LuaValue[], run: LuaRun): readonly LuaValue[] {
  // A library function called this way stands at no place in the source.
  run.place = '';
  try {
    return [true, ...callee(args, run)];
  } catch (error) {
    return [false, caught(error, run)];
  }
}

function raise(args: Arguments, run: LuaRun): never {
  const value = args.at(1);
  const place = args.integer(2, 1) > 0 && typeof value === 'string' && run.place !== '' ? `${run.place} ` : '';
  const raised = typeof value === 'string' ? `${place}${value}` : value;
  throw new LuaError(luaText(raised), raised);
}

function pairsOf(table: LuaTable): LuaFunction {
  const entries = table.entries();
  return (_, run) => {
    run.step();
    const { done, value } = entries.next();
    return done ? [undefined] : value;
  };
}

/** The key after this one. Looks from the start each time, so a loop over a table is better written with `pairs`. */
function next(args: Arguments, run: LuaRun): readonly LuaValue[] {
  const key = args.at(2);
  let found = key === undefined;
  for (const entry of args.table(1).entries()) {
    run.step();
    if (found) return entry;
    found = entry[0] === key;
  }
  return [undefined];
}

function indexed(args: Arguments): readonly LuaValue[] {
  const table = args.table(1);
  const step: LuaFunction = ([, at]) => {
    const position = Number(at) + 1;
    const value = table.get(position);
    return value === undefined ? [undefined] : [position, value];
  };
  return [step, table, 0];
}

/** Lua's globals without what loads code, reaches the outside or changes how values behave. */
export const BASE_LIBRARY = libraryOf(
  {
    tonumber: toNumber,
    tostring: (args, run) => run.text(luaText(args.any(1))),
    type,
  },
  {
    assert: (args, run) => {
      const values = Array.from({ length: args.count }, (_, index) => args.at(index + 1));
      if (isTrue(args.any(1))) return values;
      const message = args.count < 2 ? 'assertion failed!' : args.at(2);
      throw new LuaError(`${run.place} ${luaText(message)}`, message);
    },
    error: raise,
    ipairs: indexed,
    next,
    pairs: (args) => [pairsOf(args.table(1)), args.at(1), undefined],
    pcall: (args, run) => {
      const rest = Array.from({ length: Math.max(0, args.count - 1) }, (_, index) => args.at(index + 2));
      return protectedCall(args.callable(1), rest, run);
    },
    select: (args) => {
      if (args.at(1) === '#') return [args.count - 1];
      const position = args.integer(1);
      if (position === 0 || position <= -args.count) throw args.fault(1, 'index out of range');
      const from = position < 0 ? args.count + position + 1 : position + 1;
      return Array.from({ length: Math.max(0, args.count - from + 1) }, (_, index) => args.at(from + index));
    },
    unpack,
    xpcall: (args, run) => {
      const [ok, ...values] = protectedCall(args.callable(1), [], run);
      return ok === true ? [true, ...values] : [false, ...args.callable(2)(values, run)];
    },
  },
);
