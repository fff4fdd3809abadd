import { byteString } from '../entities/byte-string.js';
import { LuaSyntaxError } from '../lua/lua-error.js';
import { compileLua, type LuaProgram } from '../lua/lua-program.js';
import { luaText } from '../lua/lua-text.js';
import { isTrue } from '../lua/lua-value.js';
import type { LuaTrust, TemplateGlobals } from './template-globals.js';

/** What a value of the configuration becomes on one request: bytes, one character each. */
export interface Template {
  /** `computed` from the request; a `faulty` one throws whenever it is rendered. */
  readonly kind: 'literal' | 'computed' | 'faulty';
  /** Throws when the expression fails; the request is then answered 500. Only computed ones look at `globals`. */
  render(globals: TemplateGlobals | undefined): string;
}

type Piece = string | LuaProgram;

/** Chunk name of Kong's template engine (Penlight), for messages. */
const CHUNK = '[string "TMP"]';

/**
 * Reads `$(expression)` in a value; all else is literal. What may be wrong with an expression shows when the value is
 * rendered, so that a configuration Kong would load is loaded here too; `templateFault` tells earlier.
 */
export function templateOf(source: string, trust: LuaTrust): Template {
  if (trust === 'off' && /\$\(.*\)/s.test(source)) {
    return failing(`the template '${source}' needs Lua, and the setting untrusted_lua is 'off'`);
  }
  let pieces: readonly Piece[];
  try {
    pieces = piecesOf(source);
  } catch (error) {
    if (!(error instanceof LuaSyntaxError)) throw error;
    return failing(`the template '${source}' is not Lua: ${error.message}`);
  }
  if (pieces.every((piece) => typeof piece === 'string')) return literalTemplate(source);
  return { kind: 'computed', render: (globals) => rendered(pieces, source, globals as TemplateGlobals) };
}

/** A value that is what it says. */
export function literalTemplate(source: string): Template {
  const literal = byteString(source);
  return { kind: 'literal', render: () => literal };
}

/** Why a value cannot be a template; `undefined`: it can. */
export function templateFault(source: string): string | undefined {
  try {
    piecesOf(source);
    return undefined;
  } catch (error) {
    if (error instanceof LuaSyntaxError) return error.message;
    throw error;
  }
}

function failing(message: string): Template {
  return {
    kind: 'faulty',
    render: () => {
      throw new Error(message);
    },
  };
}

function rendered(pieces: readonly Piece[], source: string, globals: TemplateGlobals): string {
  let text = '';
  for (const piece of pieces) {
    if (typeof piece === 'string') text += piece;
    else {
      const value = evaluated(piece, source, globals);
      // nil and false leave nothing behind, as in Kong.
      if (isTrue(value)) text += luaText(value);
    }
  }
  return text;
}

function evaluated(program: LuaProgram, source: string, globals: TemplateGlobals) {
  try {
    return program.run(globals);
  } catch (error) {
    throw new Error(`the template '${source}' failed: ${(error as Error).message}`, { cause: error });
  }
}

function piecesOf(source: string): Piece[] {
  const pieces: Piece[] = [];
  let literalFrom = 0;
  const closings = closingParentheses(source);
  let at = source.indexOf('$(');
  while (at >= 0) {
    const end = closings.get(at + 1);
    if (end === undefined) {
      at = source.indexOf('$(', at + 1);
      continue;
    }
    if (at > literalFrom) pieces.push(byteString(source.slice(literalFrom, at)));
    // In parentheses: one expression and one value, whatever it is.
    pieces.push(compileLua(`return (${source.slice(at + 2, end)})`, { name: CHUNK }));
    literalFrom = end + 1;
    at = source.indexOf('$(', literalFrom);
  }
  if (literalFrom < source.length) pieces.push(byteString(source.slice(literalFrom)));
  return pieces;
}

/** Where each parenthesis that is closed is. They count even inside quotes: so in Kong, and `$('$(…)')` relies on it. */
function closingParentheses(source: string): Map<number, number> {
  const closings = new Map<number, number>();
  const open: number[] = [];
  for (let at = 0; at < source.length; at++) {
    if (source[at] === '(') open.push(at);
    else if (source[at] === ')' && open.length > 0) closings.set(open.pop() as number, at);
  }
  return closings;
}
