import type { LuaRun } from '../lua-run.js';
import { luaText } from '../lua-text.js';
import { LuaTable, type LuaValue, SLOT_BYTES } from '../lua-value.js';
import { type Captured, PatternMatcher } from '../pattern.js';
import { type Arguments, libraryOf } from './arguments.js';
import { formatted } from './string-format.js';

/** A Lua position, negative from the end, as an index from 0; may lie outside the text. */
function startOf(position: number, length: number): number {
  if (position > 0) return position - 1;
  return position === 0 ? 0 : Math.max(0, length + position);
}

const endOf = (position: number, length: number) => (position < 0 ? length + position + 1 : Math.min(position, length));

function slice(text: string, from: number, to: number): string {
  return text.slice(startOf(from, text.length), Math.max(0, endOf(to, text.length)));
}

/** Lower and upper case are ASCII's: the bytes of other letters are not letters. */
const lower = (text: string) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
const upper = (text: string) => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());

const SPECIAL = /[\^$*+?.([%-]/;

function find(args: Arguments, run: LuaRun, wantsPositions: boolean): readonly LuaValue[] {
  const subject = args.text(1);
  const pattern = args.text(2);
  const init = Math.min(startOf(args.integer(3, 1), subject.length), subject.length);
  if (wantsPositions && (args.at(4) || !SPECIAL.test(pattern))) {
    run.step(subject.length);
    const at = subject.indexOf(pattern, init);
    return at < 0 ? [undefined] : [at + 1, at + pattern.length];
  }
  const anchored = pattern.startsWith('^');
  const matcher = new PatternMatcher(subject, pattern, run);
  for (let start = init; start <= subject.length; start++) {
    const end = matcher.matchAt(start, anchored ? 1 : 0);
    if (end !== undefined) {
      if (!wantsPositions) return matcher.captures(start, end);
      const captures = matcher.captureCount === 0 ? [] : matcher.captures(start, end);
      return [start + 1, end, ...captures];
    }
    if (anchored) break;
  }
  return [undefined];
}

function gmatch(args: Arguments): LuaValue {
  const subject = args.text(1);
  const pattern = args.text(2);
  let position = 0;
  return (_, run) => {
    const matcher = new PatternMatcher(subject, pattern, run);
    for (; position <= subject.length; position++) {
      const end = matcher.matchAt(position, 0);
      if (end === undefined) continue;
      const captures = matcher.captures(position, end);
      position = end === position ? end + 1 : end;
      return captures;
    }
    return [undefined];
  };
}

type Replace = (matcher: PatternMatcher, start: number, end: number) => LuaValue;

function replacement(args: Arguments, run: LuaRun): Replace {
  const value = args.at(3);
  if (value instanceof LuaTable) return (matcher, start, end) => value.get(matcher.captures(start, end)[0]);
  if (typeof value === 'function') return (matcher, start, end) => value(matcher.captures(start, end), run)[0];
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw args.fault(3, 'string/function/table expected');
  }
  const template = luaText(value);
  if (!template.includes('%')) return () => run.text(template);
  return (matcher, start, end) => {
    run.step(template.length);
    const text = template.replace(/%(.?)/gs, (_, character: string) => {
      if (character === '0') return args.text(1).slice(start, end);
      if (!/[1-9]/.test(character)) return character;
      const captured: Captured | undefined = matcher.captures(start, end)[Number(character) - 1];
      if (captured === undefined) throw run.fault(`invalid capture index`);
      return String(captured);
    });
    return run.text(text);
  };
}

function gsub(args: Arguments, run: LuaRun): readonly LuaValue[] {
  const subject = args.text(1);
  const pattern = args.text(2);
  const replace = replacement(args, run);
  const most = args.at(4) === undefined ? Number.POSITIVE_INFINITY : args.integer(4);
  const anchored = pattern.startsWith('^');
  const matcher = new PatternMatcher(subject, pattern, run);
  const pieces: string[] = [];
  let count = 0;
  let position = 0;
  while (count < most) {
    run.step();
    const end = matcher.matchAt(position, anchored ? 1 : 0);
    if (end !== undefined) {
      count++;
      const value = replace(matcher, position, end);
      const kept = value === undefined || value === false;
      if (!kept && typeof value !== 'string' && typeof value !== 'number') {
        throw run.fault(`invalid replacement value (a ${value instanceof LuaTable ? 'table' : typeof value})`);
      }
      pieces.push(kept ? subject.slice(position, end) : luaText(value));
    }
    if (end !== undefined && end > position) position = end;
    else if (position < subject.length) pieces.push(subject[position++] as string);
    else break;
    if (anchored) break;
  }
  pieces.push(subject.slice(position));
  return [run.text(pieces.join('')), count];
}

/** `string.*`, and the methods of every string. Bytes, patterns and all as in Lua 5.1; no `dump`. */
export const STRING_LIBRARY = libraryOf(
  {
    char: (args) => {
      let text = '';
      for (let position = 1; position <= args.count; position++) {
        const code = args.integer(position);
        if (code < 0 || code > 255) throw args.fault(position, 'invalid value');
        text += String.fromCharCode(code);
      }
      return text;
    },
    format: formatted,
    gmatch,
    len: (args) => args.text(1).length,
    lower: (args, run) => run.text(lower(args.text(1))),
    rep: (args, run) => {
      const text = args.text(1);
      const times = Math.max(0, args.integer(2));
      if (text === '') return text;
      run.allocate(text.length * times);
      return text.repeat(times);
    },
    reverse: (args, run) => run.text(args.text(1).split('').reverse().join('')),
    sub: (args, run) => run.text(slice(args.text(1), args.integer(2, 1), args.integer(3, -1))),
    upper: (args, run) => run.text(upper(args.text(1))),
  },
  {
    byte: (args, run) => {
      const text = args.text(1);
      const from = args.integer(2, 1);
      const bytes = Buffer.from(slice(text, from, args.integer(3, from)), 'latin1');
      run.allocate(bytes.length * SLOT_BYTES);
      return [...bytes];
    },
    find: (args, run) => find(args, run, true),
    gsub,
    match: (args, run) => find(args, run, false),
  },
);
