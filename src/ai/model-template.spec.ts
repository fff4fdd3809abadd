import { describe, expect, it } from '@jest/globals';
import { ModelTemplate, type TemplateSources } from './model-template.js';

const sources: TemplateSources = {
  header: (name) => ({ 'x-size': 'large', empty: '' })[name.toLowerCase()],
  uriCapture: (name) => ({ tenant: 'acme' })[name],
  queryParameter: (name) => ({ v: '2' })[name],
};

describe('a model template', () => {
  it('is none where there is nothing to fill in', () => {
    expect(ModelTemplate.of('gpt-4o')).toBeUndefined();
    expect(ModelTemplate.of('a $ and (b)')).toBeUndefined();
  });

  it.each([
    ['$(headers.X-Size)', 'large'],
    ['a-$(uri_captures.tenant)-b', 'a-acme-b'],
    ['$(headers.x-size)/$(query_params.v)$(uri_captures.tenant)', 'large/2acme'],
    ['[$(headers.empty)]', '[]'],
  ])('fills %s', (text, expected) => {
    expect(ModelTemplate.of(text)?.fill(sources)).toEqual({ text: expected });
  });

  it.each([
    ['$(headers.x-none)', 'headers key x-none was not provided'],
    ['$(query_params.v)$(uri_captures.none)', 'uri_captures key none was not provided'],
    ['a $(headers) b', "cannot parse expression for field 'a $(headers) b'"],
    ['$(headers.x-size', "cannot parse expression for field '$(headers.x-size'"],
    ['$(env.HOME)', "source 'env' is not supported"],
    ['$(constructor.name)', "source 'constructor' is not supported"],
  ])('says what is wrong with %s', (text, problem) => {
    expect(ModelTemplate.of(text)?.fill(sources)).toEqual({ problem });
  });
});
