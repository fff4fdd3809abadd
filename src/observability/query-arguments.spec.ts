import { describe, expect, it } from '@jest/globals';
import { queryArguments } from './query-arguments.js';

describe('Query arguments in the log', () => {
  it.each<[string, string, unknown]>([
    ['decodes escapes and pluses', 'sp=a%20b+c&utf=%C3%A9', { sp: 'a b c', utf: 'é' }],
    ['leaves broken escapes as they are', 'a=%zz&b=100%', { a: '%zz', b: '100%' }],
    ['gathers repeated names', 'a=1&b=2&a=3&a', { a: ['1', '3', true], b: '2' }],
    ['tells an empty value from none', 'empty=&flag', { empty: '', flag: true }],
    ['keeps further equals signs', 'eq=a=b', { eq: 'a=b' }],
    ['skips what has no name', '&&=x&a=1&', { a: '1' }],
    ['takes names of object members for what they are', 'constructor=1&constructor=2', { constructor: ['1', '2'] }],
  ])('%s', (_rule, query, expected) => {
    expect(queryArguments(query)).toEqual(expected);
  });

  it('keeps an argument called __proto__, and lets it change nothing', () => {
    const found = queryArguments('__proto__=x');

    expect(JSON.stringify(found)).toBe('{"__proto__":"x"}');
    expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
  });

  it('stops after a hundred arguments', () => {
    const query = Array.from({ length: 101 }, (_, index) => `a${index}=1`).join('&');

    expect(Object.keys(queryArguments(query))).toHaveLength(100);
  });
});
