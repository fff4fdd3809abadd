import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type AskOptions,
  aiPlugins,
  CHAT,
  ExchangeDesk,
  HELLO,
  HI,
  KEY,
  RESPONSES,
} from '../../test/support/ai-exchange.js';

let desk: ExchangeDesk;
let plugins: Awaited<ReturnType<typeof aiPlugins>>;

beforeAll(async () => {
  desk = await ExchangeDesk.open();
  plugins = await aiPlugins();
});
afterAll(() => desk.close());

describe('the key', () => {
  const sent = async (auth: object, options: AskOptions = {}) =>
    await (await desk.ask(plugins.aiProxy({ ...CHAT, auth }), { path: '/chat', body: HI, ...options })).order();

  it('replaces that of the client, unless the client may bring its own', async () => {
    const headers = { authorization: 'Bearer client', 'openai-project': 'p' };
    expect((await sent(KEY, { headers })).headers.authorization).toBe('Bearer sk-gateway');
    const own = await sent({ ...KEY, allow_override: true }, { headers });
    expect(own.headers).toMatchObject({ authorization: 'Bearer client', 'openai-project': 'p' });
  });

  it('never shows in the log, whatever header carries it', async () => {
    const auth = { header_name: 'X-My-Key', header_value: 'secret' };
    const asked = await desk.ask(plugins.aiProxy({ ...CHAT, auth }), { body: HI });
    expect((await asked.order()).headers['x-my-key']).toBe('secret');
    expect(asked.logged.request?.headers['x-my-key']).toBe('REDACTED');
    expect(JSON.stringify(asked.logged)).not.toContain('secret');
  });

  it('that the client brings in the place of ours is told to no log, be it refused or not', async () => {
    const headers = { 'x-my-key': 'own' };
    const auth = { header_name: 'X-My-Key', header_value: 'k', allow_override: true };
    const refused = await desk.ask(plugins.aiProxy({ ...CHAT, auth }), { path: '/chat', body: {}, headers });
    expect(refused.logged.request?.headers['x-my-key']).toBe('REDACTED');
    const parameter = { param_name: 'key', param_value: 'k', param_location: 'query' };
    const asked = await desk.ask(plugins.aiProxy({ ...CHAT, auth: parameter }), { path: '/chat?key=own', body: {} });
    expect(asked.request.secretParameters).toEqual(['key']);
  });

  it('goes into the query, where it replaces that of the client', async () => {
    const auth = { param_name: 'key', param_value: 's&t', param_location: 'query' };
    expect((await sent(auth, { path: '/chat?a=1&key=x&b=%20' })).order.path).toBe(
      '/v1/chat/completions?key=s%26t&a=1&b=%20',
    );
    const open = { ...auth, allow_override: true };
    expect((await sent(open, { path: '/chat?key=x' })).order.path).toBe('/v1/chat/completions?key=x');
  });

  const unresolved = [{ path: 'targets.0.auth.header_value', reference: '{vault://env/openai}', missing: 'OPENAI' }];

  it('that is missing is warned of once, and its route says what to set', async () => {
    const warnings: string[] = [];
    const scope = { unresolved, warn: (message: string) => void warnings.push(message) };
    const group = plugins.aiProxyAdvanced({ targets: [RESPONSES] }, scope);
    const { refusal } = await desk.ask(group, { body: HELLO });
    expect(refusal).toMatchObject({
      status: 400,
      json: {
        error: {
          type: 'invalid_request_error',
          code: 'gateway_key_missing',
          message: expect.stringContaining("'OPENAI'"),
        },
      },
    });
    expect(warnings).toEqual(['targets.0.auth.header_value is {vault://env/openai}, but OPENAI is not set']);
  });

  it.each(['GET', 'HEAD'])('that is missing is no reason to answer %s with a bad request', async (method) => {
    const group = plugins.aiProxyAdvanced({ targets: [RESPONSES] }, { unresolved });
    expect((await desk.ask(group, { method, path: '/codex/responses' })).refusal?.status).toBe(405);
  });

  it('that is missing takes only its own target out', async () => {
    const other = { ...RESPONSES, auth: { ...KEY, header_value: 'Bearer sk-other' } };
    const group = plugins.aiProxyAdvanced({ targets: [RESPONSES, other] }, { unresolved });
    for (let round = 0; round < 3; round++) {
      const asked = await desk.ask(group, { body: HELLO });
      expect((await asked.order()).headers.authorization).toBe('Bearer sk-other');
    }
  });

  it('may have a line end after it, as files and variables do, but not within', async () => {
    expect((await sent({ ...KEY, header_value: 'Bearer sk-gateway\n' })).headers.authorization).toBe(
      'Bearer sk-gateway',
    );
    expect(() => plugins.aiProxy({ ...CHAT, auth: { ...KEY, header_value: 'Bearer sk\nX-Evil: 1' } })).toThrow(
      "auth.header_value holds what no header 'Authorization' may hold",
    );
  });

  it.each([
    ['sk-bare', /looks like a bare key/],
    ['Bearer ', /has no key in it/],
  ])('that reads %s is warned of', (header_value, expected) => {
    const warnings: string[] = [];
    const scope = { warn: (message: string) => void warnings.push(message) };
    plugins.aiProxy({ ...CHAT, auth: { ...KEY, header_value } }, scope);
    expect(warnings).toEqual([expect.stringMatching(expected)]);
    expect(warnings.join()).not.toContain('sk-bare');
  });
});
