import { describe, expect, it } from '@jest/globals';
import { JsonObject } from './json-object.js';
import { PATH_NAMES } from './json-place.js';
import { type RuleLists, RuleTemplates } from './rules.js';
import { literalTemplate } from './template.js';
import { transformJson } from './transform-json.js';

type Lists = { readonly [Step in keyof RuleLists]?: readonly string[] };

/** What becomes of a document when dots in names descend into it. */
function transformed(document: unknown, lists: Lists): unknown {
  const lines = (step: keyof RuleLists) => ({ lines: lists[step] ?? [] });
  const rules = new RuleTemplates(
    {
      remove: lines('remove'),
      rename: lines('rename'),
      replace: lines('replace'),
      add: lines('add'),
      append: lines('append'),
    },
    literalTemplate,
  );
  const object = JsonObject.parse(Buffer.from(JSON.stringify(document))) as JsonObject;
  transformJson(object, rules.rulesFor(undefined), { names: PATH_NAMES, renamesFalse: false });
  return JSON.parse(object.toBuffer().toString());
}

const people = { info: { phone: '1', mail: 'm' }, list: [{ n: 'a', s: 1 }, { n: 'b' }, 'text'], 'a.b': 0 };

describe('a name with dots', () => {
  it.each<[string, Lists, unknown]>([
    ['removes inside an object', { remove: ['info.phone'] }, { ...people, info: { mail: 'm' } }],
    ['removes from every element', { remove: ['list[*].n'] }, { ...people, list: [{ s: 1 }, {}, 'text'] }],
    [
      'removes from one element, counted from 1',
      { remove: ['list[1].n'] },
      { ...people, list: [{ s: 1 }, { n: 'b' }, 'text'] },
    ],
    ['removes an element', { remove: ['list[2]'] }, { ...people, list: [{ n: 'a', s: 1 }, 'text'] }],
    [
      'replaces where something is',
      { replace: ['info.phone:2', 'info.fax:3', 'list[*].s:9'] },
      { ...people, info: { phone: '2', mail: 'm' }, list: [{ n: 'a', s: '9' }, { n: 'b' }, 'text'] },
    ],
    [
      'adds where nothing is',
      { add: ['info.phone:2', 'info.fax:3', 'list[*].s:9'] },
      { ...people, info: { phone: '1', mail: 'm', fax: '3' }, list: [{ n: 'a', s: 1 }, { n: 'b', s: '9' }, 'text'] },
    ],
    ['makes the objects on the way', { add: ['new.deep.name:v'] }, { ...people, new: { deep: { name: 'v' } } }],
    [
      'appends',
      { append: ['info.phone:2', 'list:x'] },
      { ...people, info: { phone: ['1', '2'], mail: 'm' }, list: [...people.list, 'x'] },
    ],
    ['renames in the same object', { rename: ['info.phone:info.tel'] }, { ...people, info: { tel: '1', mail: 'm' } }],
    [
      'renames in every element, each by itself',
      { rename: ['list[*].s:list[*].t'] },
      { ...people, list: [{ n: 'a', t: 1 }, { n: 'b' }, 'text'] },
    ],
    ['moves between objects', { rename: ['info.phone:phone'] }, { ...people, info: { mail: 'm' }, phone: '1' }],
    [
      'stops at what cannot be descended into',
      { add: ['list.x:1', 'info.phone.x:1'], remove: ['missing.x', 'info[1]'] },
      people,
    ],
  ])('%s', (_, lists, expected) => {
    expect(transformed(people, lists)).toEqual(expected);
  });
});
