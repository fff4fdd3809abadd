import { type LuaFunction, type LuaTable, type LuaValue, typeName } from './lua-value.js';
import { formatGeneral } from './number-format.js';

const addresses = new WeakMap<object, string>();
let lastAddress = 0;

function addressOf(value: LuaTable | LuaFunction): string {
  let address = addresses.get(value);
  if (address === undefined) {
    lastAddress += 16;
    address = `0x${lastAddress.toString(16).padStart(8, '0')}`;
    addresses.set(value, address);
  }
  return address;
}

/** What `tostring` says. */
export function luaText(value: LuaValue): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return numberText(value);
    case 'undefined':
      return 'nil';
    case 'boolean':
      return String(value);
    default:
      return `${typeName(value)}: ${addressOf(value)}`;
  }
}

/** A number as LuaJIT writes it: `%.14g`, so that 10/2 is `5`. */
export function numberText(value: number): string {
  // Integers of up to 14 digits are the same in both forms, and most numbers are such.
  if (Number.isInteger(value) && Math.abs(value) < 1e14 && !Object.is(value, -0)) return String(value);
  return formatGeneral(value, 14);
}

const DECIMAL = /^[ \t\n\v\f\r]*([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)[ \t\n\v\f\r]*$/;
const HEXADECIMAL = /^[ \t\n\v\f\r]*([-+]?)0[xX]([0-9a-fA-F]+)[ \t\n\v\f\r]*$/;

/** Reading costs time that no run is charged for; nobody spells numbers at such length. */
const LONGEST_NUMBER = 1000;

/** The number a text spells, decimal or hexadecimal; `undefined`: none. */
export function numberOfText(text: string): number | undefined {
  if (text.length > LONGEST_NUMBER) return undefined;
  const decimal = DECIMAL.exec(text);
  if (decimal) return Number(decimal[1]);
  const hexadecimal = HEXADECIMAL.exec(text);
  if (!hexadecimal) return undefined;
  const value = Number.parseInt(hexadecimal[2] as string, 16);
  return hexadecimal[1] === '-' ? -value : value;
}

/** The number a value is taken for in arithmetic: a number, or a text that spells one. */
export function arithmeticNumber(value: LuaValue): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? numberOfText(value) : undefined;
}
