import { describe, expect, it } from '@jest/globals';
import { type ErrorTree, violationMessage } from './error-tree.js';
import { luaTable } from './lua-table.js';

describe('the message of a schema violation', () => {
  it.each<[fields: { [field: string]: ErrorTree }, message: string]>([
    [{ host: 'required field missing' }, 'schema violation (host: required field missing)'],
    [
      { path: 'should start with: /', host: 'required field missing' },
      '2 schema violations (host: required field missing; path: should start with: /)',
    ],
    [
      { config: { minute: 'expected a number' }, '@entity': ['at least one'] },
      '2 schema violations (at least one; config.minute: expected a number)',
    ],
    [{ paths: [null, 'bad'] }, 'schema violation (paths.2: bad)'],
    [
      { config: { redis: { port: 'expected an integer' } } },
      'schema violation (config.redis: {\n  port = "expected an integer"\n})',
    ],
    [{ config: { '@entity': ['a', 'b'] } }, 'schema violation (config.@entity: {\n  "a",\n  "b"\n})'],
  ])('of %j', (fields, message) => {
    expect(violationMessage(fields)).toBe(message);
  });
});

describe('a Lua table', () => {
  it.each<[value: unknown, text: string]>([
    [{ b: 'x', a: 1 }, '{a=1,b="x"}'],
    [['a', 'b'], '{"a","b"}'],
    [[null, 'b'], '{[2]="b"}'],
    [['a', null, 'c'], '{"a",[3]="c"}'],
    [{ '@entity': ['say "no"'] }, '{["@entity"]={"say \\"no\\""}}'],
    [{ a: 'two\nlines' }, '{a=[[two\nlines]]}'],
    [{ a: 'two\nlines]]' }, '{a=[=[two\nlines]]]=]}'],
    [{ a: null, b: true }, '{a=null,b=true}'],
  ])('%j is %s', (value, text) => {
    expect(luaTable(value)).toBe(text);
  });
});
