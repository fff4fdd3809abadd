import type { LuaValue } from '../lua-value.js';
import { type LibraryFunction, libraryOf } from './arguments.js';

const DEGREES = 180 / Math.PI;

const real =
  (compute: (value: number) => number): LibraryFunction =>
  (args) =>
    compute(args.number(1));

const extreme =
  (choose: (one: number, other: number) => number): LibraryFunction =>
  (args) => {
    let found = args.number(1);
    for (let position = 2; position <= args.count; position++) found = choose(found, args.number(position));
    return found;
  };

const FUNCTIONS = libraryOf(
  {
    abs: real(Math.abs),
    acos: real(Math.acos),
    asin: real(Math.asin),
    atan: real(Math.atan),
    atan2: (args) => Math.atan2(args.number(1), args.number(2)),
    ceil: real(Math.ceil),
    cos: real(Math.cos),
    cosh: real(Math.cosh),
    deg: real((value) => value * DEGREES),
    exp: real(Math.exp),
    floor: real(Math.floor),
    fmod: (args) => args.number(1) % args.number(2),
    ldexp: (args) => args.number(1) * 2 ** args.integer(2),
    log: (args) => (args.count < 2 ? Math.log(args.number(1)) : Math.log(args.number(1)) / Math.log(args.number(2))),
    log10: real(Math.log10),
    max: extreme((one, other) => (other > one ? other : one)),
    min: extreme((one, other) => (other < one ? other : one)),
    pow: (args) => args.number(1) ** args.number(2),
    rad: real((value) => value / DEGREES),
    random: (args) => {
      if (args.count === 0) return Math.random();
      const from = args.count === 1 ? 1 : args.integer(1);
      const to = args.integer(args.count === 1 ? 1 : 2);
      if (from > to) throw args.fault(args.count === 1 ? 1 : 2, 'interval is empty');
      return from + Math.floor(Math.random() * (to - from + 1));
    },
    sin: real(Math.sin),
    sinh: real(Math.sinh),
    sqrt: real(Math.sqrt),
    tan: real(Math.tan),
    tanh: real(Math.tanh),
  },
  {
    frexp: (args) => {
      const value = args.number(1);
      if (value === 0 || !Number.isFinite(value)) return [value, 0];
      // The exponent by logarithm may be one off at powers of two; the fraction lies in [0.5, 1).
      let exponent = Math.floor(Math.log2(Math.abs(value))) + 1;
      if (Math.abs(value) / 2 ** exponent >= 1) exponent++;
      return [value / 2 ** exponent, exponent];
    },
    modf: (args) => {
      const value = args.number(1);
      const whole = Math.trunc(value);
      return [whole, Number.isFinite(value) ? value - whole : 0];
    },
  },
);

export const MATH_LIBRARY: ReadonlyMap<string, LuaValue> = new Map([
  ...FUNCTIONS,
  ['huge', Number.POSITIVE_INFINITY] as const,
  ['pi', Math.PI] as const,
]);
