import { describe, expect, it } from '@jest/globals';
import { Arguments } from './arguments.js';

const parsed = (text: string) => Arguments.parse(text) as Arguments;

describe('the arguments of a query string', () => {
  it.each([
    ['a=1&b=2', 'a=1&b=2'],
    ['b=2&a=1', 'a=1&b=2'],
    ['a=3&b=1&a=1', 'a=3&a=1&b=1'],
    ['sp=a%20b+c&sl=a%2Fb&br[]=1', 'br%5B%5D=1&sl=a%2Fb&sp=a%20b%20c'],
    ['empty=&flag', 'empty=&flag'],
    ['eq=a=b&pl=%2B&tilde=~', 'eq=a%3Db&pl=%2B&tilde=~'],
    ['utf=%C3%A9&latin=%E9', 'latin=%E9&utf=%C3%A9'],
    ['&&=x&a=1&', 'a=1'],
    ['bad=%zz%4', 'bad=%25zz%254'],
    ["s=!'()*", "s=!'()*"],
    ['r=:/?%23[]@%24%26+%2B,;%3D', 'r=%3A%2F%3F%23%5B%5D%40%24%26%20%2B%2C%3B%3D'],
    ['', ''],
  ])('%s is sorted and encoded as %s', (given, encoded) => {
    expect(parsed(given).toQuery()).toBe(encoded);
  });

  it('keep their order when they are written as a body', () => {
    const args = parsed('z=%7e&a=b+c&flag&a=x%2fy');
    args.set('new', 'v');

    expect(args.toString()).toBe('z=~&a=b%20c&flag&a=x%2Fy&new=v');
    expect(parsed('z=%7e&&a').isChanged).toBe(false);
  });

  it('gives one value in the place of several', () => {
    const args = parsed('a=1&b=2&a=3');
    args.set('a', 'x y');

    expect(args.toString()).toBe('a=x%20y&b=2');
  });

  it('appends beside what is there', () => {
    const args = parsed('a=1&flag&b=2');
    args.append('a', '2');
    args.append('flag', 'on');
    args.append('new', 'first');

    expect(args.toString()).toBe('a=1&a=2&flag=on&b=2&new=first');
  });

  it('renames every value, onto what had the name', () => {
    const args = parsed('a=1&b=2&a=3');
    args.rename('a', 'b');
    args.rename('missing', 'b');

    expect(args.toString()).toBe('b=1&b=3');
  });

  it('merges the arguments of a form, repeated names side by side', () => {
    const args = parsed('a=1&c');
    args.merge(parsed('b=2&a=3&c=x'));

    expect(args.toQuery()).toBe('a=1&a=3&b=2&c&c=x');
  });

  it('are not read when they are more than anybody means', () => {
    expect(parsed('a&'.repeat(100_000)).values('a')).toHaveLength(100_000);
    expect(Arguments.parse('a&'.repeat(100_001))).toBeUndefined();
  });
});
