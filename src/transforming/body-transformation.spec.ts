import { describe, expect, it } from '@jest/globals';
import { BodyTransformation } from './body-transformation.js';
import { PATH_NAMES } from './json-place.js';
import { RuleTemplates } from './rules.js';
import { literalTemplate } from './template.js';

const lines = (...entries: string[]) => ({ lines: entries });
const RULES = new RuleTemplates(
  {
    remove: lines('gone', 'a[*].gone'),
    rename: lines('from:to', 'a[*].from:a[*].to'),
    replace: lines('old:new', 'a[*].old:new'),
    add: lines('added:1', 'a[1].b.c:1'),
    append: lines('a:1', 'numbered:1', 'a[*].list:1'),
  },
  literalTemplate,
).rulesFor(undefined);

const MEGABYTE = 1024 ** 2;
const MULTIPART = 'multipart/form-data; boundary=b';

describe('a body made to be expensive costs about what its length does', () => {
  const transformation = new BodyTransformation({ names: PATH_NAMES, renamesFalse: false }, ['a', 'added', 'numbered']);

  it.each<[string, 'json' | 'form' | 'multipart', string]>([
    ['many members', 'json', `{${Array.from({ length: 90_000 }, (_, index) => `"m${index}":1`).join(',')}}`],
    ['one name many times', 'json', `{${Array(90_000).fill('"a":1').join(',')}}`],
    ['many elements', 'json', `{"a":[${Array(9_000).fill('{"old":1,"from":2}').join(',')}]}`],
    ['too many elements', 'json', `{"a":[${Array(MEGABYTE).fill('1').join(',')}]}`],
    [
      'numbered members',
      'json',
      `{"numbered":{${Array.from({ length: 90_000 }, (_, at) => `"${at + 1}":1`).join(',')}}}`,
    ],
    ['nothing but blanks', 'json', `{"a":[1,${' '.repeat(4 * MEGABYTE)}2]}`],
    ['deep nesting', 'json', `{"a":${'['.repeat(MEGABYTE)}${']'.repeat(MEGABYTE)}}`],
    ['escaped quotes', 'json', `{"a":"${'\\"'.repeat(2 * MEGABYTE)}"}`],
    ['a long number', 'json', `{"a":${'1'.repeat(4 * MEGABYTE)}}`],
    ['many arguments', 'form', Array.from({ length: 90_000 }, (_, at) => `k${at}=v`).join('&')],
    ['too many arguments', 'form', 'a&'.repeat(2 * MEGABYTE)],
    ['encoded bytes', 'form', `from=${'%41'.repeat(8 * MEGABYTE)}`],
    ['many parts', 'multipart', `${'--b\r\n\r\n\r\n'.repeat(9_000)}--b--\r\n`],
    ['too many parts', 'multipart', `${'--b\r\n\r\n\r\n'.repeat(300_000)}--b--\r\n`],
    ['half delimiters', 'multipart', `--b\r\n\r\n${'--b--b'.repeat(500_000)}\r\n--b--\r\n`],
    ['a part of header lines', 'multipart', `--b\r\n${'content-disposition: form-data;\r\n'.repeat(100_000)}--b--\r\n`],
  ])('%s', (_, kind, body) => {
    const bytes = Buffer.from(body);
    const before = performance.now();
    transformation.apply(bytes, kind, kind === 'multipart' ? MULTIPART : '', () => RULES);

    // Tens of milliseconds on an idle machine; what grows with the square of a length would take minutes.
    expect(performance.now() - before).toBeLessThan(3000);
  });
});
