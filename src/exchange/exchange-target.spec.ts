import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Asked, aiPlugins, CHAT, ExchangeDesk, HELLO, HI, RESPONSES } from '../../test/support/ai-exchange.js';

let desk: ExchangeDesk;
let plugins: Awaited<ReturnType<typeof aiPlugins>>;

beforeAll(async () => {
  desk = await ExchangeDesk.open();
  plugins = await aiPlugins();
});
afterAll(() => desk.close());

const advanced = (targets: object[], more: object = {}) => plugins.aiProxyAdvanced({ targets, ...more });

const KEY = { header_name: 'Authorization', header_value: 'Bearer key' };

describe('the model of a request', () => {
  const named = (model: object) => ({ ...CHAT, model: { provider: 'openai', ...model } });
  const modelOf = async (asked: Asked) => (asked.refusal ? asked.refusal.json : (await asked.order()).json.model);
  const error = (message: string) => ({ error: { message } });

  it.each([
    ['the client names it', {}, 'gpt-4o', 'gpt-4o'],
    ['the configuration names it', { name: 'gpt-5' }, undefined, 'gpt-5'],
    ['both name the same', { name: 'gpt-5' }, 'gpt-5', 'gpt-5'],
    ['the client names another', { name: 'gpt-5' }, 'gpt-4o', error('cannot use own model - must be: gpt-5')],
    ['the client names nothing', { name: 'gpt-5' }, '', 'gpt-5'],
    ['nobody names it', {}, undefined, error('model parameter not found in request, nor in gateway configuration')],
    ['the client names an alias', { name: 'gpt-5', model_alias: 'fast' }, 'fast', 'gpt-5'],
    ['the client names no alias', { name: 'gpt-5', model_alias: 'fast' }, undefined, 'gpt-5'],
    [
      'the client names an alias that is none',
      { name: 'gpt-5', model_alias: 'fast' },
      'slow',
      error('model not configured'),
    ],
    ['a header names it', { name: 'gpt-$(headers.X-Size)' }, undefined, 'gpt-5'],
    [
      'a header is to name it and is missing',
      { name: '$(headers.x-no)' },
      undefined,
      error('headers key x-no was not provided'),
    ],
    ['a parameter names it', { name: '$(query_params.m)' }, undefined, 'q'],
    [
      'a template is broken',
      { name: '$(headers)' },
      undefined,
      error("cannot parse expression for field '$(headers)'"),
    ],
    ['a template has an odd source', { name: '$(foo.bar)' }, undefined, error("source 'foo' is not supported")],
  ])('is settled when %s', async (_, model, asks, expected) => {
    const asked = await desk.ask(advanced([named(model)]), {
      path: '/chat?m=q',
      headers: { 'x-size': '5' },
      body: { ...HI, model: asks },
    });
    expect(await modelOf(asked)).toEqual(expected);
  });

  it('balances those without an alias where no alias fits', async () => {
    const group = advanced([named({ name: 'gpt-5', model_alias: 'fast' }), named({})]);
    expect(await modelOf(await desk.ask(group, { body: { ...HI, model: 'fast' } }))).toBe('gpt-5');
    expect(await modelOf(await desk.ask(group, { body: { ...HI, model: 'gpt-4o' } }))).toBe('gpt-4o');
  });

  it('is checked against the name that counts when a request has two', async () => {
    const group = advanced([named({ name: 'gpt-5' })]);
    const cheat = '{"model":"gpt-5","messages":[{"role":"user"}],"model":"gpt-dear"}';
    expect((await desk.ask(group, { body: cheat })).refusal?.json).toEqual(
      error('cannot use own model - must be: gpt-5'),
    );
  });
});

describe('configured options', () => {
  it('win over those of the client, under the names the format has for them', async () => {
    const options = { max_tokens: 100, temperature: 0.5, top_p: 0.9, top_k: 5 };
    const model = { provider: 'openai', options };
    const chat = await desk.ask(advanced([{ ...CHAT, model }]), { body: { ...HI, temperature: 1, top_k: 3, seed: 1 } });
    expect((await chat.order()).json).toEqual({
      ...HI,
      temperature: 0.5,
      seed: 1,
      stream: false,
      max_tokens: 100,
      top_p: 0.9,
    });
    const responses = await desk.ask(advanced([{ ...RESPONSES, model }]), { body: { ...HELLO, max_output_tokens: 1 } });
    expect((await responses.order()).json).toEqual({ ...HELLO, max_output_tokens: 100, temperature: 0.5, top_p: 0.9 });
  });

  it.each([
    ['gpt-5-mini', {}, { max_completion_tokens: 100 }],
    ['o3', { max_completion_tokens: 7 }, { max_completion_tokens: 100 }],
    ['gpt-4o', {}, { max_tokens: 100 }],
    ['gpt-4o', { max_completion_tokens: 7 }, { max_completion_tokens: 100 }],
  ])('limit the answer of %s once', async (model, client, expected) => {
    const config = { ...CHAT, model: { provider: 'openai', options: { max_tokens: 100 } } };
    const { json } = await (await desk.ask(plugins.aiProxy(config), { body: { ...HI, model, ...client } })).order();
    expect(json).toEqual({ ...HI, model, stream: false, ...expected });
  });

  it.each([
    [{ upstream_url: 'http://models.test:8080/v2/r/' }, 'http', 8080, '/v2/r'],
    [{ upstream_url: 'https://models.test//v2?a=1' }, 'https', 443, '/v2?a=1'],
    [{ upstream_path: '//odd/path' }, 'https', 443, '/odd/path'],
    [{ upstream_url: 'http://models.test/$(headers.x-tenant)/r' }, 'http', 80, '/acme/r'],
  ])('say where the model is: %j', async (options, scheme, port, path) => {
    const group = advanced([{ ...RESPONSES, model: { provider: 'openai', options } }]);
    const { order } = await (await desk.ask(group, { body: HELLO, headers: { 'x-tenant': 'acme' } })).order();
    expect([order.address.scheme, order.address.port, order.path]).toEqual([scheme, port, path]);
  });

  describe('with a place for what the client says', () => {
    const askedFor = (options: object, value: string) =>
      desk.ask(advanced([{ ...RESPONSES, auth: KEY, model: { provider: 'openai', options } }]), {
        body: HELLO,
        headers: { 'x-part': value },
      });

    it.each([
      ['http://$(headers.x-part).test/r', 'models', 'models.test', '/r'],
      ['http://models.test/d/$(headers.x-part)/r', 'a/b c', 'models.test', '/d/a/b%20c/r'],
      ['http://models.test/d/$(headers.x-part)/r', 'a?b#c\\d', 'models.test', '/d/a%3Fb%23c%5Cd/r'],
      ['http://models.test/r?v=$(headers.x-part)&w=1', '2&key=x#', 'models.test', '/r?v=2%26key%3Dx%23&w=1'],
      ['$(headers.x-part)/r', 'http://models.test:81/v1', 'models.test', '/v1/r'],
    ])('fill it, and no more than it: %s with %j', async (upstream_url, value, host, path) => {
      const { order } = await (await askedFor({ upstream_url }, value)).order();

      expect(order.path).toBe(path);
      expect(order.headers[order.headers.indexOf('Host') + 1]).toBe(host);
    });

    it.each([
      [{ upstream_url: 'http://$(headers.x-part).models.test/r' }, 'evil.test/#'],
      [{ upstream_url: 'http://$(headers.x-part).models.test/r' }, 'evil.test?'],
      [{ upstream_url: 'http://$(headers.x-part).models.test/r' }, 'me@evil.test'],
      [{ upstream_url: 'http://$(headers.x-part).models.test/r' }, 'evil.test\\'],
      [{ upstream_url: 'http://models.test/d/$(headers.x-part)/r' }, '../../admin'],
      [{ upstream_url: 'http://models.test/d/$(headers.x-part)/r' }, 'a/%2E./b'],
      [{ upstream_url: 'http://models.test/d/$(headers.x-part)/r' }, '..%2fadmin'],
      [{ upstream_url: 'http://models.test/d/.$(headers.x-part)/r' }, '.'],
      [{ upstream_url: 'http://models.test/d/$(headers.x-part)/r' }, '.\t.'],
      [{ upstream_path: '/d/$(headers.x-part)/r' }, '../admin'],
    ])('send no key to where the operator never pointed: %j with %j', async (options, value) => {
      const { refusal } = await askedFor(options, value);

      expect(refusal?.status).toBe(400);
      const message = 'headers key x-part has a value that cannot be used here';
      expect(refusal?.json).toEqual({ error: { message } });
    });

    it.each([
      ['http://me:SECRET@models.test:$(headers.x-part)/r?key=SECRET', 'no-port'],
      ['http://me:SECRET@models.test/$(headers.x-part/r?key=SECRET', ''],
      ['http://me:SECRET@models.test/$(headers.none)/r?key=SECRET', ''],
    ])('say nothing of what else is in %s', async (upstream_url, value) => {
      const { refusal } = await askedFor({ upstream_url }, value);

      expect(refusal?.status).toBe(400);
      expect(JSON.stringify(refusal?.json)).not.toContain('SECRET');
    });
  });

  it('that are no address are refused when they are loaded, without their secrets', () => {
    const options = { upstream_url: 'ftp://me:SECRET@models.test/v1?key=SECRET' };
    expect(() => advanced([{ ...RESPONSES, model: { provider: 'openai', options } }])).toThrow(
      "upstream_url 'ftp://models.test/v1' is no http or https URL",
    );
  });

  it('that are no address are refused when they are loaded', () => {
    const model = { provider: 'openai', options: { upstream_url: 'models.test/v1' } };
    expect(() => advanced([{ ...RESPONSES, model }])).toThrow("upstream_url 'models.test/v1' is no http or https URL");
  });
});
