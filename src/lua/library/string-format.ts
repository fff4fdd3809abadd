import type { LuaRun } from '../lua-run.js';
import { luaText } from '../lua-text.js';
import { formatExponential, formatFixed, formatGeneral } from '../number-format.js';
import type { Arguments } from './arguments.js';

const DIRECTIVE = /%(?:%|([-+ #0]*)(\d*)(\.\d*)?(.?))/gs;
/** C's printf takes more; Lua does not. */
const MAX_WIDTH = 99;

interface Directive {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
}

/** `string.format`. Every directive of C but `%*`, `%n` and `%p`. */
export function formatted(args: Arguments, run: LuaRun): string {
  let position = 1;
  const format = args.text(1);
  // Charged at once, because all directives are looked for before the first is written.
  run.step(format.length);
  const text = format.replace(DIRECTIVE, (whole, flags: string, width: string, dot: string, kind: string) => {
    if (whole === '%%') return '%';
    const directive: Directive = {
      flags,
      width: Number(width),
      precision: dot === undefined ? undefined : Number(dot.slice(1)),
    };
    if (directive.width > MAX_WIDTH || (directive.precision ?? 0) > MAX_WIDTH) {
      throw run.fault('invalid format (width or precision too long)');
    }
    return run.text(written(kind, directive, ++position, args, run));
  });
  return run.text(text);
}

function written(kind: string, directive: Directive, position: number, args: Arguments, run: LuaRun): string {
  switch (kind) {
    case 's': {
      const text = luaText(args.any(position));
      return padded(directive.precision === undefined ? text : text.slice(0, directive.precision), directive);
    }
    case 'q':
      return quoted(luaText(args.any(position)));
    case 'c':
      return padded(String.fromCharCode(args.integer(position) & 255), directive);
    case 'd':
    case 'i':
      return integer(args.integer(position), directive);
    case 'u':
      return integer(unsigned(args.integer(position)), { ...directive, flags: directive.flags.replace(/[+ ]/g, '') });
    case 'x':
    case 'X':
    case 'o':
      return based(unsigned(args.integer(position)), kind, directive);
    case 'e':
    case 'E':
    case 'f':
    case 'g':
    case 'G':
      return decimal(args.number(position), kind, directive);
    default:
      throw run.fault(`invalid option '%${kind}' to 'format'`);
  }
}

/** As C sees a negative number in an unsigned type of 64 bits. */
function unsigned(value: number): bigint {
  return Number.isFinite(value) ? BigInt.asUintN(64, BigInt(value)) : 0n;
}

function integer(value: number | bigint, directive: Directive): string {
  const whole = typeof value === 'bigint' ? value : BigInt(Number.isFinite(value) ? value : 0);
  const digits = String(whole < 0n ? -whole : whole).padStart(directive.precision ?? 1, '0');
  return signed(whole < 0n, digits, directive, directive.precision === undefined);
}

function based(value: bigint, kind: string, directive: Directive): string {
  const digits = value.toString(kind === 'o' ? 8 : 16).padStart(directive.precision ?? 1, '0');
  const prefix = !directive.flags.includes('#') || value === 0n ? '' : kind === 'o' ? '0' : '0x';
  const text = zeroFilled(prefix, digits, directive, directive.precision === undefined);
  return kind === 'X' ? text.toUpperCase() : text;
}

function decimal(value: number, kind: string, directive: Directive): string {
  const { flags, precision = 6 } = directive;
  const negative = value < 0 || Object.is(value, -0);
  const magnitude = negative ? -value : value;
  const digits =
    kind === 'f'
      ? formatFixed(magnitude, precision)
      : kind === 'e' || kind === 'E'
        ? formatExponential(magnitude, precision)
        : formatGeneral(magnitude, precision, flags.includes('#'));
  const text = signed(negative, digits, directive, Number.isFinite(value));
  return kind === 'E' || kind === 'G' ? text.toUpperCase() : text;
}

function signed(negative: boolean, digits: string, directive: Directive, mayFill: boolean): string {
  const { flags } = directive;
  return zeroFilled(
    negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '',
    digits,
    directive,
    mayFill,
  );
}

/** Zeros go between the sign and the digits, blanks around both. */
function zeroFilled(prefix: string, digits: string, directive: Directive, mayFill: boolean): string {
  const { flags, width } = directive;
  const fill = mayFill && flags.includes('0') && !flags.includes('-');
  return padded(prefix + (fill ? digits.padStart(width - prefix.length, '0') : digits), directive);
}

function padded(text: string, { flags, width }: Directive): string {
  return flags.includes('-') ? text.padEnd(width) : text.padStart(width);
}

/** A text as Lua source would write it. */
function quoted(text: string): string {
  const inner = text.replace(/["\\\n]/g, (character) => `\\${character}`);
  return `"${inner.replaceAll('\r', '\\r').replaceAll('\0', '\\000')}"`;
}
