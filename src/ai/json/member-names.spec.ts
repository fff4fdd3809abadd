import { describe, expect, it } from '@jest/globals';
import { MemberNames } from './member-names.js';

const LONG = 'a_name_of_more_than_twenty_one_letters';
const escaped = (name: string) =>
  [...name].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
const NAMES = new MemberNames([LONG, 'model', 'input', 'top_p', 'größe', 'model']);

/** What is recognised of a name as it stands between its quotes. */
function recognised(written: string): string | undefined {
  const text = Buffer.from(`{"${written}":1}`);
  return NAMES.at(text, 2, text.length - 4);
}

describe('the name of a member', () => {
  it.each([
    ['model', 'model'],
    ['input', 'input'],
    ['größe', 'größe'],
    ['mod\\u0065l', 'model'],
    ['\\u006d\\u006f\\u0064\\u0065\\u006c', 'model'],
    ['gr\\u00f6\\u00dfe', 'größe'],
    [escaped(LONG), LONG],
  ])('%s is recognised as %s', (written, name) => {
    expect(recognised(written)).toBe(name);
  });

  it.each([
    '',
    'mode',
    'models',
    'Model',
    'inpux',
    'mode\\',
    '\\u006dodelx',
    '\\uZZZZmodel',
    'constructor',
    '__proto__',
  ])('%j is nobody’s', (written) => {
    expect(recognised(written)).toBeUndefined();
  });
});
