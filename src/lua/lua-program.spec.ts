import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { textOfBytes } from '../entities/byte-string.js';
import { Globals } from './globals.js';
import { fromLua } from './host-value.js';
import { LuaError, LuaSyntaxError } from './lua-error.js';
import { compileLua } from './lua-program.js';
import { LuaLimitError, type LuaLimits } from './lua-run.js';
import { luaText } from './lua-text.js';
import { LuaTable, type LuaValue } from './lua-value.js';

interface RecordedChunk {
  readonly source: string;
  readonly outcome: 'ok' | 'error' | 'syntax';
  readonly text?: string;
}

const { chunks } = JSON.parse(readFileSync(new URL('./fixtures/luajit.json', import.meta.url), 'utf8')) as {
  chunks: RecordedChunk[];
};

describe('Lua means what it means to LuaJIT', () => {
  it.each(chunks.map((chunk) => [chunk.source, chunk] as const))('%s', (source, { outcome, text }) => {
    if (outcome === 'syntax') expect(() => compileLua(source, { name: 'x' })).toThrow(LuaSyntaxError);
    else if (outcome === 'error') expect(() => valuesOf(source)).toThrow(new LuaError(text as string));
    else expect(textOfBytes(valuesOf(source).map(shown).join('\t'))).toBe(text);
  });
});

/** Everything a chunk returns. It is read once by itself, so that it cannot profit from what is put around it. */
function valuesOf(source: string): LuaValue[] {
  compileLua(source, { name: 'x' });
  const packed = compileLua(`return table.pack((function(...) ${source}\nend)(...))`, { name: 'x' }).run(new Globals());
  const table = packed as LuaTable;
  return Array.from({ length: table.get('n') as number }, (_, index) => table.get(index + 1));
}

function shown(value: LuaValue): string {
  if (value instanceof LuaTable) return 'table';
  return typeof value === 'function' ? 'function' : luaText(value);
}

const run = (source: string, limits?: Partial<LuaLimits>) =>
  fromLua(compileLua(source, { name: 'x', ...(limits && { limits }) }).run(new Globals()));

describe('a program', () => {
  it('keeps nothing from one run to the next', () => {
    const program = compileLua('counter = (counter or 0) + 1 return counter', { name: 'x' });

    expect([program.run(new Globals()), program.run(new Globals())]).toEqual([1, 1]);
  });

  it('works on the bytes of its source', () => {
    expect(run('return "é" .. #"é"')).toBe('é2');
  });

  it.each(['io', 'debug', 'package', 'require', 'load', 'loadstring', 'dofile', 'setmetatable', 'getfenv', 'print'])(
    'finds no %s in the sandbox',
    (name) => {
      expect(run(`return ${name}`)).toBeUndefined();
    },
  );

  it.each(['execute', 'exit', 'getenv', 'remove', 'rename', 'tmpname'])('finds no os.%s in the sandbox', (name) => {
    expect(run(`return os.${name}`)).toBeUndefined();
  });

  it.each(['string.upper = nil', 'math.pi = 3', 'table.insert(string, 1)', 'table.sort(string)'])(
    'cannot change the libraries for those after it: %s',
    (source) => {
      expect(() => run(source)).toThrow(/is read-only/);
    },
  );

  it('cannot reach what all JavaScript objects inherit', () => {
    expect(run('return ({}).constructor, ("x").constructor')).toBeUndefined();
    expect(run('return string.constructor or string.__proto__ or string.toString')).toBeUndefined();
  });
});

describe('a program that costs too much is stopped', () => {
  it.each([
    ['an endless loop', 'while true do end'],
    ['a long loop', 'for i = 1, 1e12 do end'],
    ['one that catches errors', 'while true do pcall(error) end'],
    ['one whose calls are caught', 'local function f() pcall(f) end f() while true do end'],
    ['a pattern with many ways to fail', 'return ("a"):rep(20000):match(".-.-.-.-b")'],
    ['a pattern full of stars', 'return ("a"):rep(3000):match("a*a*a*a*a*b")'],
    ['a sort that compares for ever', 'table.sort({1,2,3,4}, function() while true do end end)'],
    ['a search for the largest key', 'local t = {} for i = 1, 1e5 do t[i] = i end while true do table.maxn(t) end'],
    ['a join of nothing', 'local t = {} for i = 1, 1e5 do t[i] = "" end while true do table.concat(t) end'],
    [
      'moving a list up',
      'local t = {} for i = 1, 1e5 do t[i] = i end while true do table.insert(t, 1, 0) table.remove(t) end',
    ],
    ['replacing nothing everywhere', 'return (("a"):rep(7e6):gsub("", {}))'],
    ['a template full of escapes', 'return (("x"):gsub("x", ("%%"):rep(3e6)))'],
    ['a format full of escapes', 'return ("%%"):rep(3e6):format()'],
    ['reading a text of digits', 'local s = ("1"):rep(4e6) .. "x" while true do tonumber(s) end'],
    ['writing a date at length', 'return os.date(("%c"):rep(7e6))'],
    ['a walk by next', 'local t = {} for i = 1, 3000 do t["k" .. i] = i end local k repeat k = next(t, k) until not k'],
  ])('%s', (_, source) => {
    const before = performance.now();
    expect(() => run(source)).toThrow(LuaLimitError);
    // The limit is 50 ms; the rest is for a busy machine.
    expect(performance.now() - before).toBeLessThan(1000);
  });

  it.each([
    ['doubling a text', 'local s = "x" while true do s = s .. s end'],
    ['repeating a text', 'return ("x"):rep(1e9)'],
    ['repeating a text for ever', 'return ("x"):rep(1/0)'],
    ['repeating by no number at first', 'local _ = ("x"):rep(0/0) return ("x"):rep(1e9)'],
    ['joining a table', 'local s, t = ("x"):rep(1e6), {} for i = 1, 100 do t[i] = s end return table.concat(t)'],
    ['replacing by more', 'local s = ("x"):rep(5000) return (s:gsub(".", s))'],
    ['keeping many texts', 'local t = {} for i = 1, 1e6 do t[i] = ("x"):rep(1000) end'],
    ['filling a table', 'local t = {} for i = 1, 1e6 do t[i] = i end'],
    ['formatting', 'local s, t = ("x"):rep(1e6), {} for i = 1, 100 do t[i] = ("%s"):format(s) end'],
  ])('when it takes memory by %s', (_, source) => {
    expect(() => run(source, { milliseconds: 10_000 })).toThrow(/bytes of memory/);
  });

  it.each([
    ['select(-1e8, 1)', "bad argument #1 to 'select' (index out of range)"],
    ['unpack({}, 1, 1e300)', 'too many results to unpack'],
    ['unpack({}, 1/0, 1/0)', 'too many results to unpack'],
  ])('before it starts: %s', (call, message) => {
    expect(() => run(`return ${call}`)).toThrow(message);
  });

  it('not for positions beyond the integers that follow each other', () => {
    expect(run('local t = {} t[2^53] = "a" return (unpack(t, 2^53, 2^53))')).toBe('a');
    expect(run('return select("#", select(-1, 1, 2))')).toBe(1);
  });

  it('at the limits its compiler was given', () => {
    const loop = (turns: number) => `for i = 1, ${turns} do end return "done"`;

    expect(run(loop(90), { steps: 100 })).toBe('done');
    expect(() => run(loop(110), { steps: 100 })).toThrow('took more than 100 steps');
  });

  it.each([
    ['recursion', 'local function f() return 1 + f() end return f()'],
    ['mutual recursion', 'local g local function f() return g() end g = function() return f() end return f()'],
  ])('%s ends with an error that can be caught', (_, source) => {
    expect(() => run(source)).toThrow('stack overflow');
    expect(run(`return (select(2, pcall(function() ${source} end))):match("stack overflow")`)).toBe('stack overflow');
  });

  it('refuses source nested deeper than any is', () => {
    expect(() => compileLua(`return ${'('.repeat(5000)}1${')'.repeat(5000)}`, { name: 'x' })).toThrow(LuaSyntaxError);
    expect(() => compileLua(`return ${'-'.repeat(0)}${'{'.repeat(5000)}${'}'.repeat(5000)}`, { name: 'x' })).toThrow(
      LuaSyntaxError,
    );
    expect(() => run(`return ${'1 + '.repeat(20000)}1`)).toThrow();
  });
});
