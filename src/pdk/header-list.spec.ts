import { describe, expect, it } from '@jest/globals';
import { HeaderList } from './header-list.js';

const aList = () => HeaderList.fromFlat(['Host', 'a.test', 'X-Dup', '1', 'x-dup', '2', 'Accept', '*/*']);

describe('HeaderList', () => {
  it('keeps wire order, case and repetitions', () => {
    expect(aList().toFlat()).toEqual(['Host', 'a.test', 'X-Dup', '1', 'x-dup', '2', 'Accept', '*/*']);
  });

  it('finds values whatever the case of the name', () => {
    expect(aList().get('ACCEPT')).toBe('*/*');
    expect(aList().getAll('X-DUP')).toEqual(['1', '2']);
    expect(aList().get('absent')).toBeUndefined();
  });

  it('replaces every value in the place of the first', () => {
    const list = aList();
    list.set('X-DUP', '3');
    expect(list.toFlat()).toEqual(['Host', 'a.test', 'X-DUP', '3', 'Accept', '*/*']);
  });

  it('removes every value of a name', () => {
    const list = aList();
    list.remove('x-dup');
    expect(list.has('X-Dup')).toBe(false);
    expect(list.size).toBe(2);
  });

  it("takes HTTP/2's cookies together, and its authority for the Host", () => {
    const list = HeaderList.fromFlat([
      ':method',
      'GET',
      ':authority',
      'a.test',
      'cookie',
      'a=1',
      'x',
      '1',
      'cookie',
      'b=2',
    ]);
    expect(list.toFlat()).toEqual(['host', 'a.test', 'cookie', 'a=1; b=2', 'x', '1']);
    expect(HeaderList.fromFlat(['Cookie', 'a=1', 'cookie', 'b=2']).getAll('cookie')).toEqual(['a=1', 'b=2']);
  });

  it('does not see names with anything but letters, digits, - and _', () => {
    const list = HeaderList.fromFlat(['X.Dot', '1', 'X_Under', '2', 'X-Dash', '3', "X'", '4', 'X!', '5']);
    expect(list.toFlat()).toEqual(['X_Under', '2', 'X-Dash', '3']);
  });

  it('gives repeated headers as arrays under lower-case names', () => {
    expect(aList().toObject()).toEqual({ host: 'a.test', 'x-dup': ['1', '2'], accept: '*/*' });
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty'])('takes %s for a name like any other', (name) => {
    const object = HeaderList.fromFlat([name, '1', name, '2', 'a', '3']).toObject();
    expect(Object.entries(object)).toEqual([
      [name.toLowerCase(), ['1', '2']],
      ['a', '3'],
    ]);
    expect(HeaderList.fromFlat([]).toObject()[name]).toBeUndefined();
  });
});
