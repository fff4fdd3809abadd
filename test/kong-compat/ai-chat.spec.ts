import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aiPlugins, ExchangeDesk } from '../support/ai-exchange.js';

interface Recorded {
  readonly name: string;
  readonly config: object;
  readonly request: { method: string; path: string; headers: [string, string][]; body: string | null };
  readonly response: { status?: number; body?: string };
  readonly upstream: { method: string; path: string; headers: [string, string][]; body: string } | null;
}

interface Fixture {
  readonly id: string;
  readonly route_type: string;
  readonly config: object;
  readonly openai_request: object;
  readonly expected_upstream?: { method: string; url: string; headers?: Record<string, string> };
  readonly expected_provider_request?: object;
  readonly provider_response?: object;
  readonly expected_status?: number;
  readonly expected_openai_response?: object;
  readonly expected_response_headers?: Record<string, string>;
  readonly provider_stream?: readonly string[];
  readonly provider_stream_content_type?: string;
  readonly expected_usage_log?: object;
}

const FIXTURES = new URL('fixtures/ai/', import.meta.url);
const json = <T>(name: string) => JSON.parse(readFileSync(new URL(name, FIXTURES), 'utf8')) as T;
const recorded = json<Recorded[]>('recorded-chat.json');
const fixtures = readdirSync(new URL('openai/', FIXTURES)).map((name) => json<Fixture>(`openai/${name}`));
const BUILT = new Set(['llm/v1/chat', 'llm/v1/responses']);

/** Where we differ from Kong 3.9.3 on purpose; each is told in the plugin's readme. */
const OURS: Readonly<Record<string, string>> = {
  ai_chat_get_no_body: 'a read is refused with 405, because a 400 ends a Codex session',
};

let desk: ExchangeDesk;
let plugins: Awaited<ReturnType<typeof aiPlugins>>;

beforeAll(async () => {
  desk = await ExchangeDesk.open();
  plugins = await aiPlugins();
});
afterAll(() => desk.close());

describe('ai-proxy, as recorded from Kong', () => {
  it.each(
    recorded.filter(({ name, upstream }) => upstream === null && !(name in OURS) && !/timeout|refused/.test(name)),
  )('answers $name itself in the same words', async ({ config, request, response }) => {
    const { method, path, headers, body } = request;
    const asked = await desk.ask(plugins.aiProxy(config), {
      method,
      path,
      headers: Object.fromEntries(headers),
      body: body ?? undefined,
    });
    expect(asked.refusal?.status).toBe(response.status);
    expect(asked.refusal?.json).toEqual(JSON.parse(response.body as string));
  });

  it.each(recorded.filter(({ upstream }) => upstream !== null))(
    'words $name alike',
    async ({ config, request, upstream }) => {
      const { method, path, headers, body } = request;
      const group = plugins.aiProxy({ ...config, max_request_body_size: 1048576 });
      const client = Object.fromEntries(headers);
      const asked = await desk.ask(group, { method, path, headers: client, body: body ?? undefined });
      const { order, json: sent, headers: sentHeaders } = await asked.order();
      expect(order.method).toBe(upstream?.method);
      expect(order.path).toBe(upstream?.path);
      // Kong 3.13 and later ask for the usage of a stream; 3.9 counted words.
      const { stream_options: options, ...rest } = sent;
      const { stream_options: _, ...recordedRest } = JSON.parse(upstream?.body as string) as Record<string, unknown>;
      expect(rest).toEqual(recordedRest);
      if (rest.stream === true) expect(options).toEqual({ include_usage: true });
      for (const [name, value] of upstream?.headers ?? []) {
        const lower = name.toLowerCase();
        // Since 3.15 gzip is offered for a client that takes it; an account's headers do not go with another account's key.
        if (lower === 'accept-encoding')
          expect(sentHeaders[lower]).toBe('Accept-Encoding' in client ? value : 'identity');
        else if (lower === 'openai-organization') expect(sentHeaders[lower]).toBeUndefined();
        else expect(sentHeaders[lower]).toBe(value);
      }
    },
  );
});

describe('the openai provider, as described for Kong 3.15', () => {
  it.each(fixtures.filter(({ route_type }) => BUILT.has(route_type)))('handles $id', async (fixture) => {
    const group = plugins.aiProxy({
      route_type: fixture.route_type,
      logging: { log_statistics: true },
      ...fixture.config,
    });
    const asked = await desk.ask(group, { path: '/ai', body: fixture.openai_request });
    if (fixture.expected_status !== undefined && !fixture.provider_response) {
      expect(asked.refusal).toMatchObject({ status: fixture.expected_status, json: fixture.expected_openai_response });
      return;
    }
    const { order, json: sent, headers } = await asked.order();
    if (fixture.expected_upstream) {
      const { method, url, headers: expected = {} } = fixture.expected_upstream;
      const { address, path } = order;
      expect(order.method).toBe(method);
      expect(`${address.scheme}://${headers.host as string}:${address.port}${path}`).toBe(url);
      expect(headers).toMatchObject(expected);
    }
    expect(sent).toEqual(fixture.expected_provider_request);
    const pieces =
      fixture.provider_stream ?? (fixture.provider_response ? [JSON.stringify(fixture.provider_response)] : []);
    const type = fixture.provider_stream ? fixture.provider_stream_content_type : 'application/json';
    const answered = asked.answer({ headers: { 'Content-Type': type as string }, pieces });
    expect(answered.body.toString()).toBe(pieces.join(''));
    expect(answered.headers).toMatchObject(fixture.expected_response_headers ?? {});
    if (fixture.expected_usage_log) expect(asked.logged.ai?.proxy.usage).toMatchObject(fixture.expected_usage_log);
  });
});
