import { describe, expect, it } from '@jest/globals';
import { JsonMembers } from './json-members.js';
import { MemberNames } from './member-names.js';

const NAMES = new MemberNames(['model', 'stream', 'messages', 'input', 'top_k']);
const membersOf = (text: string) => JsonMembers.of(Buffer.from(text), NAMES);
const edited = (text: string, edits: Record<string, string | undefined>) =>
  membersOf(text)
    ?.edited(new Map(Object.entries(edits)))
    .toString();

describe('the members of a request', () => {
  it('are found among others, whatever those hold', () => {
    const members = membersOf(
      ' { "input" : [ {"content":"a \\"model\\": \\"x\\" }]"} , [[]] ] , "tools":{"model":"no"}, "model" : "gpt-4o", "stream":true } ',
    );
    expect(members?.text('model')).toBe('gpt-4o');
    expect(members?.value('stream')).toBe(true);
    expect(members?.isFilled('input')).toBe(true);
    expect(members?.has('messages')).toBe(false);
  });

  it.each([
    ['[]', 'array', false],
    ['[ ]', 'array', false],
    ['[1]', 'array', true],
    ['{}', 'object', false],
    ['{"a":1}', 'object', true],
    ['""', 'string', false],
    ['"hi"', 'string', true],
    ['null', 'null', false],
    ['-1.5e+3', 'number', false],
    ['false', 'boolean', false],
  ])('tell the kind of %s, and whether something is in it', (value, kind, filled) => {
    const members = membersOf(`{"input":${value}}`);
    expect(members?.kindOf('input')).toBe(kind);
    expect(members?.isFilled('input')).toBe(filled);
    expect(members?.value('input')).toEqual(JSON.parse(value));
  });

  it('count by what is said last, as for every reader of JSON', () => {
    expect(membersOf('{"model":"cheap","model":"dear"}')?.text('model')).toBe('dear');
  });

  it('are recognised when their names are escaped', () => {
    expect(membersOf('{"mod\\u0065l":"gpt-4o"}')?.text('model')).toBe('gpt-4o');
  });

  it.each([
    '{"model":"ü🌍","x":[1,2,{"y":[]}]}',
    '{}',
    '{"a":"\\\\","model":"m"}',
    `{"a":"${'\\"'.repeat(500)}","model":"m"}`,
    `{"a":"${'x'.repeat(5000)}\\\\","model":"m"}`,
    '{"a":{"b":{"c":[[[[0]]]]}},"model":1.5}',
  ])('are found exactly where JSON.parse finds an object: %.40s', (text) => {
    expect(membersOf(text)?.value('model')).toEqual((JSON.parse(text) as { model?: unknown }).model);
  });

  it.each([
    '',
    ' ',
    'null',
    '[]',
    '"x"',
    '{',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{,}',
    '{"a":1}}',
    '{"a":1} x',
    '{"a":01}',
    '{"a":1.}',
    '{"a":.5}',
    '{"a":1e}',
    '{"a":+1}',
    '{"a":tru}',
    '{"a":nul}',
    "{'a':1}",
    '{"a":[1 2]}',
    '{"a":[1,]}',
    '{"a":{"b" 1}}',
    '{"a":{"b":1 "c":2}}',
    '{"a":{1:2}}',
    '{"a":[}',
    '{"a":[1}',
    '{"a":{"b":1]}',
    '{"a":"x}',
    '{"a":"x\\"}',
    '{"a":1 "b":2}',
    '\ufeff{"a":1}',
  ])('are not found in what is no object, as JSON.parse has it: %s', (text) => {
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      parsed = undefined;
    }
    expect(typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)).toBe(false);
    expect(membersOf(text)).toBeUndefined();
  });

  it('are found in nesting as deep as Kong reads, and no deeper', () => {
    const nested = (depth: number) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(membersOf(nested(1000))).toBeDefined();
    expect(membersOf(nested(1001))).toBeUndefined();
    expect(membersOf(`{"a":${'['.repeat(200_000)}`)).toBeUndefined();
  });

  it('agree with JSON.parse about whatever a mutated request holds', () => {
    const text = '{"model":"gpt","input":[{"role":"user","content":"a\\"b\\\\"},null,true,-1.5e3],"stream":false}';
    const odd = ['"', '{', '}', '[', ']', ',', ':', '\\', '0', 'e', '-', 't', ' '];
    for (let at = 0; at < text.length; at++) {
      for (const character of odd) {
        const mutated = text.slice(0, at) + character + text.slice(at + 1);
        let expected: unknown;
        try {
          expected = JSON.parse(mutated);
        } catch {
          expected = undefined;
        }
        const found = membersOf(mutated);
        // Escapes inside strings are the provider's business: only values that are read must hold right ones.
        if (found === undefined) expect({ mutated, expected }).toEqual({ mutated, expected: undefined });
        else if (expected !== undefined) expect(found.value('model')).toEqual((expected as { model?: unknown }).model);
        else expect(mutated).toMatch(/\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})/);
      }
    }
  });
});

describe('an edited request', () => {
  it('is the same bytes when it says already what it should', () => {
    const bytes = Buffer.from('{ "model": "gpt-4o", "stream": true }');
    const members = JsonMembers.of(bytes, NAMES);
    expect(
      members?.edited(
        new Map([
          ['model', '"gpt-4o"'],
          ['stream', 'true'],
          ['top_k', undefined],
        ]),
      ),
    ).toBe(bytes);
  });

  it('keeps every byte that was not meant', () => {
    expect(edited('{ "a" : 1.0, "model" : "x" ,\n"b":"\\u00fc" }', { model: '"gpt-4o"' })).toBe(
      '{ "a" : 1.0, "model" : "gpt-4o" ,\n"b":"\\u00fc" }',
    );
  });

  it.each([
    ['{}', '{"model":"m"}'],
    ['{ }', '{ "model":"m"}'],
    ['{"a":1}', '{"a":1,"model":"m"}'],
    ['{"a":1 }\n', '{"a":1 ,"model":"m"}\n'],
    ['{"top_k":1}', '{"model":"m"}'],
  ])('gets new members at the end: %s', (text, expected) => {
    expect(edited(text, { model: '"m"', top_k: undefined })).toBe(expected);
  });

  it.each([
    ['{"top_k":1,"a":2}', '{"a":2}'],
    ['{"a":2,"top_k":1}', '{"a":2}'],
    ['{"a":2,"top_k":1,"b":3}', '{"a":2,"b":3}'],
    ['{"top_k":1,"stream":true,"a":2}', '{"a":2}'],
    ['{"top_k":1,"stream":true}', '{}'],
    ['{"a":1,"top_k":1,"stream":true}', '{"a":1}'],
    ['{"top_k":1,"a":1,"stream":true}', '{"a":1}'],
    ['{"top_k":1,"top_k":2,"a":1,"top_k":3}', '{"a":1}'],
  ])('loses members without losing a comma: %s', (text, expected) => {
    expect(edited(text, { top_k: undefined, stream: undefined })).toBe(expected);
  });

  it('names a model once, so that no reader can find another', () => {
    expect(edited('{"model":"cheap","a":1,"model":"dear"}', { model: '"cheap"' })).toBe('{"a":1,"model":"cheap"}');
    expect(edited('{"model":"cheap","a":1,"model":"cheap"}', { model: '"cheap"' })).toBe('{"a":1,"model":"cheap"}');
  });
});
