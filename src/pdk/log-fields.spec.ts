import { describe, expect, it } from '@jest/globals';
import { LogFields } from './log-fields.js';

const applied = (record: Record<string, unknown>, ...fields: Parameters<LogFields['set']>[]) => {
  const list = new LogFields();
  for (const field of fields) list.set(...field);
  list.applyTo(record);
  return record;
};

describe('LogFields', () => {
  it('nests at dots and keeps escaped ones', () => {
    expect(applied({}, ['ai.proxy.meta', 1], ['a\\.b.c', 2])).toEqual({ ai: { proxy: { meta: 1 } }, 'a.b': { c: 2 } });
  });

  it('removes with undefined', () => {
    expect(applied({ request: { id: 'x', size: 1 } }, ['request.size', undefined])).toEqual({ request: { id: 'x' } });
  });

  it.each([
    ['add', { a: 1 }, { a: 1 }],
    ['add', {}, { a: 2 }],
    ['replace', { a: 1 }, { a: 2 }],
    ['replace', {}, {}],
  ] as const)('%s on %j gives %j', (mode, before, after) => {
    expect(applied({ ...before }, ['a', 2, mode])).toEqual(after);
  });

  it('leaves out a path through something that is no object', () => {
    expect(applied({ a: 'text' }, ['a.b', 1])).toEqual({ a: 'text' });
  });

  it.each(['__proto__.leaked', 'a.__proto__.leaked'])('writes nothing under %s, which all objects share', (key) => {
    try {
      applied({ a: {} }, [key, 1]);

      expect({}).not.toHaveProperty('leaked');
    } finally {
      Reflect.deleteProperty(Object.prototype, 'leaked');
    }
  });
});
