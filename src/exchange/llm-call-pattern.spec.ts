import { setFlagsFromString } from 'node:v8';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { ExtractPattern } from './llm-call-pattern.js';

const first = (pattern: string, text: string) => ExtractPattern.of(pattern).extract(text);

// As the gateway does before anything is compiled.
beforeAll(() => setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks'));

describe('transformation_extract_pattern', () => {
  it.each([
    ['(a+)+$', `${'a'.repeat(5000)}b`],
    ['(x|x)*y', 'x'.repeat(5000)],
    ['{((.|\\n)*)}', `{${'\n'.repeat(1_000_000)}`],
  ])('%s cannot be made to take for ever', (pattern, text) => {
    expect(first(pattern, text)).toEqual({ kind: 'no-match' });
  });

  it.each([
    // Kong's published example.
    ['{((.|\\n)*)}', 'Sure, here you go:\n{"a":\n{"b":1}}\nAnything else?', '{"a":\n{"b":1}}'],
    // From Kong's own tests.
    ['\\{((.|\n)*)\\}', 'text {"x":1} text', '{"x":1}'],
    ['answer: (\\d+)', 'ANSWER: 42, answer: 43', 'ANSWER: 42'],
    ['^b.$', 'ab\nbc\nbd', 'bc'],
    ['(?<=<xml>).*', '<xml>inside', 'inside'],
    ['(?-i)B', 'bB', 'B'],
    ['x*', 'yyy', ''],
  ])('%s takes of %j the whole first match', (pattern, text, part) => {
    expect(first(pattern, text)).toEqual({ kind: 'match', text: part });
  });

  it('says when nothing matches', () => {
    expect(first('\\#*\\=', 'no such thing')).toEqual({ kind: 'no-match' });
  });

  it.each([
    ['(', 'PCRE returned: pcre2_compile() failed: missing closing parenthesis in "("'],
    ['(a)\\1', 'back-references are not supported'],
    ['a(?=b)', 'look-ahead is supported only in regex paths, after a part of fixed length'],
  ])('tells why %s cannot be used, before and when it is', (pattern, problem) => {
    expect(ExtractPattern.of(pattern).problem).toBe(problem);
    expect(first(pattern, 'ab')).toEqual({ kind: 'problem', problem });
  });
});
