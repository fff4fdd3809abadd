import { describe, expect, it } from '@jest/globals';
import { elementsOf, JsonObject, jsonText, objectIn } from './json-object.js';

const bytes = (text: string) => Buffer.from(text).toString('latin1');
const object = (text: string) => objectIn(bytes(text)) as JsonObject;
/** The document as text again. */
const written = (document: JsonObject) => document.toBuffer().toString();

/** Real requests, and every structure that could fool a scanner. */
const DOCUMENTS = [
  '{}',
  ' { } ',
  '{"a":1}',
  '{ "a" : 1.50 ,"b":[ ]}',
  '{"a":{"b":{"c":[1,{"d":"}"}]}},"e":"]"}',
  '{"a":"\\"","b":"\\\\","c":"\\\\\\"","d":"{\\"x\\":1}"}',
  '{"a":[[],[[]],{}],"b":{"":{}}}',
  '{"a":-1.5e+10,"b":true,"c":false,"d":null}',
  '{\n  "model": "gpt-5",\n  "input": [\n    { "role": "user", "content": "Hi, [you] {there}" }\n  ],\n  "stream": true\n}\n',
  '{"\\u00e9":1,"Ã©":2,"a\\nb":3}',
  '{"big":12345678901234567890,"exact":0.1000000000000000055511151231257827}',
];

describe('a JSON object', () => {
  it.each(DOCUMENTS)('has the members its parser finds: %s', (text) => {
    const parsed = JSON.parse(text) as Record<string, unknown>;
    const found = object(text);

    expect(found.names.map((name) => Buffer.from(name, 'latin1').toString())).toEqual(Object.keys(parsed));
    expect(written(found)).toBe(text);
    for (const [index, value] of Object.values(parsed).entries()) {
      expect(JSON.parse(Buffer.from(found.get(found.names[index] as string) as string, 'latin1').toString())).toEqual(
        value,
      );
    }
  });

  it.each(DOCUMENTS)('stays the same document when members come and go: %s', (text) => {
    const changed = object(text);
    changed.set('added', '"v"');
    expect(JSON.parse(written(changed))).toEqual({ ...(JSON.parse(text) as object), added: 'v' });

    changed.remove('added');
    expect(JSON.parse(written(changed))).toEqual(JSON.parse(text));

    for (const name of changed.names) changed.remove(name);
    expect(written(changed).replace(/\s/g, '')).toBe('{}');
  });

  it('keeps every byte of what is not changed', () => {
    const text = '{ "big" : 12345678901234567890 ,"f":1.50, "model" : "a", "é" :"\\u00e9" }';
    const changed = object(text);
    changed.set('model', '"b"');

    expect(written(changed)).toBe('{ "big" : 12345678901234567890 ,"f":1.50,"model":"b", "é" :"\\u00e9" }');
  });

  it('knows a name however it is escaped', () => {
    const escaped = object('{"mo\\u0064el":1,"\\u00e9":2}');

    expect(escaped.get('model')).toBe('1');
    expect(escaped.get(bytes('é'))).toBe('2');
  });

  it('takes the last of members with the same name, and leaves none behind', () => {
    expect(object('{"a":1,"b":2,"a":3}').get('a')).toBe('3');

    const replaced = object('{"a":1,"b":2,"a":3}');
    replaced.set('a', '4');
    expect(written(replaced)).toBe('{"b":2,"a":4}');

    const removed = object('{"a":1,"b":2,"a":3}');
    removed.remove('a');
    expect(written(removed)).toBe('{"b":2}');
  });

  it('renames in place, onto what had the name', () => {
    const renamed = object('{"a":1,"b":2,"c":3}');
    renamed.rename('a', 'c');

    expect(written(renamed)).toBe('{"c":1,"b":2}');
  });

  it('is not read when it has more members than anybody means', () => {
    const many = (count: number) => Buffer.from(`{${Array(count).fill('"a":1').join(',')}}`);

    expect(JsonObject.parse(many(100_000))?.names).toHaveLength(100_000);
    expect(JsonObject.parse(many(100_001))).toBeUndefined();
  });

  it.each([
    '[1,2]',
    '"text"',
    '5',
    'null',
    '',
    '{',
    '{"a"}',
    '{"a":}',
    '{"a":1',
    '{"a":1,}',
    '{"a":1}x',
    '{a:1}',
    '{"a":[1}}',
    '{"a":{"b":01}}',
    '{"\\x":1}',
  ])('is not made of %s', (text) => {
    expect(JsonObject.parse(Buffer.from(text))).toBeUndefined();
  });
});

describe('a text in JSON', () => {
  it.each(['', 'a"b', 'back\\slash', 'line\nbreak', '\u0000\u001f', '/path', '{"a":1}'])(
    'means the same: %j',
    (text) => {
      expect(JSON.parse(jsonText(text))).toBe(text);
    },
  );
});

it('an array has the elements its parser finds', () => {
  for (const text of ['[]', ' [ ] ', '[1, "a,b" ,[2,3],{"c":"]"}, null ]']) {
    expect(elementsOf(text.trim())?.map((element) => JSON.parse(element) as unknown)).toEqual(JSON.parse(text));
  }
});
