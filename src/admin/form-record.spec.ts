import { describe, expect, it } from '@jest/globals';
import { Route } from '../entities/route.js';
import { formRecord, typedForm } from './form-record.js';

const form = (text: string) => formRecord([...new URLSearchParams(text)]);

describe('a form', () => {
  it('nests dotted names', () => {
    expect(form('name=key-auth&config.key_names[]=a&config.key_names[]=b&config.redis.port=1')).toEqual({
      name: 'key-auth',
      config: { key_names: ['a', 'b'], redis: { port: '1' } },
    });
  });

  it('makes lists of repeated names, of empty brackets and of indexes in any order', () => {
    expect(form('paths=/a&paths=/b')).toEqual({ paths: ['/a', '/b'] });
    expect(form('paths[]=/a')).toEqual({ paths: ['/a'] });
    expect(form('paths[2]=/b&paths[1]=/a')).toEqual({ paths: ['/a', '/b'] });
  });

  it('makes maps of names in brackets and of dotted names', () => {
    expect(form('headers.x-a[1]=v&headers[x-b][]=w')).toEqual({ headers: { 'x-a': ['v'], 'x-b': ['w'] } });
  });

  it('gathers the members of list elements by their index', () => {
    expect(form('targets[1].name=a&targets[1].weight=1&targets[2].name=b')).toEqual({
      targets: [{ name: 'a', weight: '1' }, { name: 'b' }],
    });
  });

  it('writes one element after the other where there are no indexes', () => {
    expect(form('targets[].name=a&targets[].weight=1')).toEqual({ targets: [{ name: 'a', weight: '1' }] });
  });

  it('cannot reach a prototype', () => {
    expect(form('__proto__.polluted=1&a.__proto__.polluted=1')).toEqual({ a: {} });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('does not make long lists of holes', () => {
    expect(form('paths[999999999]=/a')).toEqual({ paths: ['/a'] });
  });

  it('gives values the types of the fields, and null to empty ones', () => {
    const given = form('regex_priority=5&strip_path=false&paths=/a&name=&https_redirect_status_code=x');
    expect(typedForm(given, Route)).toEqual({
      regex_priority: 5,
      strip_path: false,
      paths: ['/a'],
      name: null,
      https_redirect_status_code: 'x',
    });
  });

  it('gives null to what a reference leaves empty, and leaves a map for the check to refuse where a list belongs', () => {
    expect(typedForm(form('service.id=&tags[x]=a'), Route)).toEqual({ service: { id: null }, tags: { x: 'a' } });
  });

  it('takes a name full of brackets for no more than a long name', () => {
    const started = performance.now();
    formRecord([[`a${'['.repeat(200_000)}`, '1']]);
    formRecord([[`a${'[b'.repeat(100_000)}`, '1']]);

    expect(performance.now() - started).toBeLessThan(1000);
  });
});
