import { LuaError } from './lua-error.js';
import type { LuaRun } from './lua-run.js';
import { arithmeticNumber, numberText } from './lua-text.js';
import { LuaTable, type LuaValue, SLOT_BYTES, typeName } from './lua-value.js';

/** Where in the source an operation stands, for its errors. */
export interface Site {
  /** `name:line:` */
  readonly place: string;
  /** `global 'x'`, `field 'y'`; `''` when what is operated on has no name. */
  readonly subject: string;
}

/** "attempt to index global 'x' (a nil value)": LuaJIT's wording. */
function attempt(what: string, value: LuaValue, { place, subject }: Site): LuaError {
  const type = typeName(value);
  const about = subject === '' ? `a ${type} value` : `${subject} (a ${type} value)`;
  return new LuaError(`${place} attempt to ${what} ${about}`);
}

/** Methods that every string has: `("x"):upper()`. */
export interface StringMethods {
  get(name: LuaValue): LuaValue;
}

export function index(object: LuaValue, key: LuaValue, methods: StringMethods, site: Site): LuaValue {
  if (object instanceof LuaTable) return object.get(key);
  if (typeof object === 'string') return methods.get(key);
  throw attempt('index', object, site);
}

export function assignIndex(object: LuaValue, key: LuaValue, value: LuaValue, run: LuaRun, site: Site): void {
  if (!(object instanceof LuaTable)) throw attempt('index', object, site);
  if (key === undefined) throw new LuaError(`${site.place} table index is nil`);
  if (Number.isNaN(key)) throw new LuaError(`${site.place} table index is NaN`);
  run.allocate(SLOT_BYTES);
  run.place = site.place;
  object.set(key, value);
}

export function call(callee: LuaValue, args: readonly LuaValue[], run: LuaRun, site: Site): readonly LuaValue[] {
  if (typeof callee !== 'function') throw attempt('call', callee, site);
  run.step();
  run.place = site.place;
  return callee(args, run);
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^';

export const ARITHMETIC: Readonly<Record<ArithmeticOperator, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  // The sign is the divisor's, unlike JavaScript's remainder.
  '%': (left, right) => left - Math.floor(left / right) * right,
  '^': (left, right) => left ** right,
};

export function operand(value: LuaValue, site: Site): number {
  const number = arithmeticNumber(value);
  if (number === undefined) throw attempt('perform arithmetic on', value, site);
  return number;
}

export function concatenate(left: LuaValue, right: LuaValue, run: LuaRun, leftSite: Site, rightSite: Site): string {
  return run.text(`${piece(left, leftSite)}${piece(right, rightSite)}`);
}

function piece(value: LuaValue, site: Site): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberText(value);
  throw attempt('concatenate', value, site);
}

export function length(value: LuaValue, site: Site): number {
  if (typeof value === 'string') return value.length;
  if (value instanceof LuaTable) return value.length();
  throw attempt('get length of', value, site);
}

/** Numbers with numbers, strings with strings (by bytes); nothing else has an order. */
export function isLess(left: LuaValue, right: LuaValue, place: string): boolean {
  if (typeof left === 'number' && typeof right === 'number') return left < right;
  if (typeof left === 'string' && typeof right === 'string') return left < right;
  throw incomparable(left, right, place);
}

export function isLessOrEqual(left: LuaValue, right: LuaValue, place: string): boolean {
  if (typeof left === 'number' && typeof right === 'number') return left <= right;
  if (typeof left === 'string' && typeof right === 'string') return left <= right;
  throw incomparable(left, right, place);
}

function incomparable(left: LuaValue, right: LuaValue, place: string): LuaError {
  const [one, other] = [typeName(left), typeName(right)];
  return new LuaError(`${place} attempt to compare ${one === other ? `two ${one} values` : `${one} with ${other}`}`);
}
