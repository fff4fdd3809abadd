import { describe, expect, it } from '@jest/globals';
import { HeaderList } from '../pdk/header-list.js';
import { templateFault, templateOf } from './template.js';
import { type LuaTrust, TemplateGlobals } from './template-globals.js';

const request = {
  headers: HeaderList.fromFlat(['X-A', '1', 'X-Multi', 'm1', 'X-Multi', 'm2', 'User-Agent', 'probe/1', 'x_under', 'u']),
  serviceRequest: { method: 'GET', path: '/', query: 'a=1&b=two%20words&m=1&m=2&flag', hostHeader: undefined },
  uriCaptures: { 0: '/item/42', 1: '42', id: '42' },
  shared: { version: '1.2.3', nested: { list: ['x', 'y'] }, name: 'Zoë' },
};

const rendered = (source: string, trust: LuaTrust = 'sandbox') =>
  templateOf(source, trust).render(new TemplateGlobals(request, trust));

describe('a template', () => {
  it.each([
    ['plain text', 'plain text'],
    ['$5.00 (ok)', '$5.00 (ok)'],
    ['$(headers["x-a"])', '1'],
    ['a-$(headers["X-A"])-b', 'a-1-b'],
    ['$$(headers["x-a"])', '$1'],
    ['$(headers.x_a)', '1'],
    ['$(headers.x_under)', 'u'],
    ['$(headers.missing)', ''],
    ['[$(headers["missing"])]', '[]'],
    ['$(headers["missing"] or "public")', 'public'],
    ['$(headers["x-multi"][2])', 'm2'],
    ['$(type(headers["x-multi"]) == "table" and headers["x-multi"][1] or headers["x-multi"])', 'm1'],
    ['$(headers["user-agent"]:upper())', 'PROBE/1'],
    ['$(#(headers["x-a"] or ""))', '1'],
    ['$(query_params.a)$(query_params["b"])', '1two words'],
    ['$(query_params.flag)', 'true'],
    ['$(query_params.m[1])', '1'],
    ['$(uri_captures[1])/$(uri_captures["id"])$(uri_captures[0])', '42/42/item/42'],
    ['$(shared.version) $(shared.nested.list[2])', '1.2.3 y'],
    ['$(query_params.a + 1)', '2'],
    ['$(10 / 4)', '2.5'],
    ['$(10 / 2)', '5'],
    ['$(1 == 2)', ''],
    ['$(1 == 1)', 'true'],
    ['$((function() local n = 0 for i = 1, 3 do n = n + i end return n end)())', '6'],
    ["$('$(headers.x)')", '$(headers.x)'],
    ['open $(headers', 'open $(headers'],
    ['$(open $(headers.x_a)', '$(open 1'],
    ['#$(headers.x_a)#', '#1#'],
    ['$(headers.x_a', '$(headers.x_a'],
  ])('%s becomes %s', (source, text) => {
    expect(rendered(source)).toBe(text);
  });

  it('gives the bytes of what is not ASCII', () => {
    expect(Buffer.from(rendered('é $(shared.name)'), 'latin1').toString()).toBe('é Zoë');
  });

  it('names a table where it would have to show one', () => {
    expect(rendered('$(query_params.m)')).toMatch(/^table: 0x[0-9a-f]+$/);
  });

  it.each([
    ['nil in arithmetic', '$(1 + nil)'],
    ['nil in a text', '$(headers.missing .. "x")'],
    ['a field of nil', '$(shared.missing.field)'],
    ['an unknown function', '$(foo(headers.x))'],
    ['the libraries that the sandbox leaves out', '$(string.upper("x"))'],
    ['a value changed', '$((function() headers.x = 1 end)())'],
    ['an assignment', '$(shared.written = true)'],
    ['nothing', '$()'],
    ['a closing parenthesis in quotes', '$(")")'],
    ['an endless loop', '$((function() while true do end end)())'],
  ])('fails for %s: %s', (_, source) => {
    expect(() => rendered(source)).toThrow(`the template '${source}'`);
  });

  it.each<LuaTrust>(['on', 'lax', 'strict'])('has the libraries when untrusted_lua is %s', (trust) => {
    expect(rendered('$(string.upper("x") .. math.floor(1.5) .. table.concat({"a"}))', trust)).toBe('X1a');
  });

  it('is refused when untrusted_lua is off, and a literal is not', () => {
    expect(() => rendered('$(headers.x_a)', 'off')).toThrow("untrusted_lua is 'off'");
    expect(rendered('$5.00', 'off')).toBe('$5.00');
  });

  it('shows the request as it was when a template first looked', () => {
    const headers = HeaderList.fromFlat(['x-a', 'before']);
    const serviceRequest = { ...request.serviceRequest };
    const globals = new TemplateGlobals({ ...request, headers, serviceRequest }, 'sandbox');
    const header = templateOf('$(headers["x-a"])', 'sandbox');
    const query = templateOf('$(query_params.a)', 'sandbox');

    expect(header.render(globals)).toBe('before');
    headers.set('x-a', 'after');
    serviceRequest.query = 'a=after';

    expect([header.render(globals), query.render(globals)]).toEqual(['before', 'after']);
  });

  it('counts the numbered groups of the path', () => {
    expect(rendered('$(#uri_captures)')).toBe('1');
  });
});

it('takes no longer for what is never closed than for any other text', () => {
  const started = performance.now();
  const open = '$('.repeat(50_000);
  expect(rendered(open)).toBe(open);

  expect(performance.now() - started).toBeLessThan(1000);
});

it('tells what is wrong with a template before it is used', () => {
  expect(templateFault('$(headers.x)')).toBeUndefined();
  expect(templateFault('plain')).toBeUndefined();
  expect(templateFault('$(x = 1)')).toBe(`[string "TMP"]:1: ')' expected near '='`);
});
