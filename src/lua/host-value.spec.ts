import { describe, expect, it } from '@jest/globals';
import { Globals } from './globals.js';
import { fromLua, hostFunction, toLua } from './host-value.js';
import { compileLua } from './lua-program.js';
import { LuaTable, type LuaValue } from './lua-value.js';

class Shown extends Globals {
  constructor(private readonly given: Readonly<Record<string, LuaValue>>) {
    super();
  }

  protected override shown(name: string): LuaValue {
    return this.given[name];
  }
}

const run = (source: string, values: Readonly<Record<string, unknown>>) => {
  const shown = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toLua(value, name)]));
  return fromLua(compileLua(source, { name: 'x' }).run(new Shown(shown)));
};

describe('an object of the gateway in Lua', () => {
  const record = { name: 'Zoë', tags: ['a', 'b'], nested: { deep: { n: 7 } }, none: null, flag: false };

  it.each([
    ['record.name', 'Zoë'],
    ['record.nested.deep.n', 7],
    ['record.tags[1] .. record.tags[2]', 'ab'],
    ['#record.tags', 2],
    ['record.none', undefined],
    ['record.flag', false],
    ['record.missing', undefined],
    ['type(record.nested)', 'table'],
    ['record.nested == record.nested', true],
    ['record.tags', ['a', 'b']],
    ['record.nested', { deep: { n: 7 } }],
  ])('%s', (expression, value) => {
    expect(run(`return ${expression}`, { record })).toEqual(value);
  });

  it('can be walked through', () => {
    const source =
      'local keys = {} for key in pairs(record) do keys[#keys + 1] = key end return table.concat(keys, ",")';

    expect(run(source, { record })).toBe('name,tags,nested,flag');
    expect(run('local s = "" for i, tag in ipairs(record.tags) do s = s .. i .. tag end return s', { record })).toBe(
      '1a2b',
    );
  });

  it.each([
    'record.name = "x"',
    'record.nested.deep.n = 1',
    'table.insert(record.tags, "c")',
    'table.remove(record.tags)',
  ])('cannot be changed: %s', (source) => {
    expect(() => run(source, { record })).toThrow(/read-only/);
  });

  it('shows nothing it merely inherits, and no functions', () => {
    expect(
      run('return record.constructor or record.toString or record.run', { record: { run: () => 1 } }),
    ).toBeUndefined();
  });
});

describe('a function of the gateway in Lua', () => {
  it('gets plain values and gives one', () => {
    const calls: unknown[][] = [];
    const look = hostFunction('look', (...args) => {
      calls.push(args);
      return { found: args[0] };
    });

    const value = compileLua('return look("Zoë", 2, {a = {1, 2}}).found', { name: 'x' }).run(new Shown({ look }));

    expect(fromLua(value)).toBe('Zoë');
    expect(calls).toEqual([['Zoë', 2, { a: [1, 2] }]]);
  });
});

describe('a table from Lua as plain data', () => {
  const plain = (source: string) => fromLua(compileLua(source, { name: 'x' }).run(new Globals()));

  it('is a list when it has nothing but a list', () => {
    expect(plain('return {1, "two", {3}}')).toEqual([1, 'two', [3]]);
    expect(plain('return {1, 2, n = 2}')).toEqual({ 1: 1, 2: 2, n: 2 });
    expect(plain('return {}')).toEqual({});
    expect(plain('return {[0] = 0, 1}')).toEqual({ 0: 0, 1: 1 });
  });

  it('keeps the places of a list with gaps, unless it is mostly gaps', () => {
    expect(plain('return {1, nil, 3}')).toEqual([1, null, 3]);
    expect(plain('return {[3] = "x"}')).toEqual([null, null, 'x']);
    expect(plain('return {1, 1, 1, 1, 1, 1, [12] = 1}')).toEqual([1, 1, 1, 1, 1, 1, ...Array(5).fill(null), 1]);
    expect(plain('return {[1] = 1, [11] = 2}')).toEqual({ 1: 1, 11: 2 });
  });

  it('ends where it contains itself', () => {
    const table = plain('local t = {} t.t = t return t') as { t: { t: object } };

    expect(table.t.t).toBeDefined();
    expect(() => JSON.stringify(table)).not.toThrow();
  });

  it('makes no prototype of a key', () => {
    const object = plain('return {["__proto__"] = {polluted = true}}') as { polluted?: boolean };

    expect(object.polluted).toBeUndefined();
    expect(JSON.stringify(object)).toBe('{"__proto__":{"polluted":true}}');
  });

  it('leaves out what is no data', () => {
    expect(fromLua(LuaTable.ofEntries([['f', () => []]]))).toEqual({});
  });
});
