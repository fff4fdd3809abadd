import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type AskOptions,
  aiPlugins,
  CHAT,
  ExchangeDesk,
  HELLO,
  HI,
  RESPONSES,
} from '../../test/support/ai-exchange.js';

const STREAM = { 'Content-Type': 'text/event-stream' };

let desk: ExchangeDesk;
let plugins: Awaited<ReturnType<typeof aiPlugins>>;

beforeAll(async () => {
  desk = await ExchangeDesk.open();
  plugins = await aiPlugins();
});
afterAll(() => desk.close());

const advanced = (targets: object[], more: object = {}) => plugins.aiProxyAdvanced({ targets, ...more });
const askResponses = (options: AskOptions, more: object = {}) => desk.ask(advanced([RESPONSES], more), options);

describe('streaming', () => {
  it('is refused where it is denied', async () => {
    const { refusal } = await askResponses({ body: HELLO }, { response_streaming: 'deny' });
    expect(refusal?.json).toEqual({ error: { message: 'response streaming is not enabled for this LLM' } });
  });

  it('is switched on where it is always wanted', async () => {
    const asked = await askResponses({ body: { model: 'm', input: 'x' } }, { response_streaming: 'always' });
    expect((await asked.order()).json).toEqual({ model: 'm', input: 'x', stream: true });
  });

  const delta = 'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"Hi"}\n\n';
  const completed = `event: response.completed\ndata: ${JSON.stringify({
    type: 'response.completed',
    response: {
      id: 'resp_1',
      status: 'completed',
      model: 'gpt-4o-2024-08-06',
      usage: {
        input_tokens: 100,
        input_tokens_details: { cached_tokens: 80 },
        output_tokens: 20,
        output_tokens_details: { reasoning_tokens: 10 },
        total_tokens: 120,
      },
    },
  })}\n\n`;

  it('passes every byte on and reads the usage in passing', async () => {
    const asked = await askResponses({ body: HELLO });
    await asked.order();
    const { body, headers } = asked.answer({ headers: { ...STREAM, 'Set-Cookie': 'a=b' }, pieces: [delta, completed] });
    expect(body.toString()).toBe(delta + completed);
    expect(headers).toEqual({ 'content-type': 'text/event-stream', 'x-kong-llm-model': 'openai/gpt-4o' });
    expect(asked.logged.ai?.proxy).toEqual({
      tried_targets: [
        {
          ip: '192.0.2.7',
          route_type: 'llm/v1/responses',
          port: 443,
          upstream_scheme: 'https',
          host: 'api.openai.com',
          upstream_uri: '/v1/responses',
          provider: 'openai',
        },
      ],
      meta: {
        plugin_id: 'plugin',
        provider_name: 'openai',
        request_model: 'gpt-4o',
        response_model: 'gpt-4o-2024-08-06',
        llm_latency: expect.any(Number),
        request_mode: 'stream',
      },
      usage: {
        prompt_tokens: 100,
        completion_tokens: 20,
        total_tokens: 120,
        prompt_tokens_details: { cached_tokens: 80 },
        completion_tokens_details: { reasoning_tokens: 10 },
        cost: 0,
        time_per_token: expect.any(Number),
        time_to_first_token: expect.any(Number),
      },
    });
  });

  it('of a client that leaves after the terminal event has its usage, and was not left early', async () => {
    const asked = await askResponses({ body: HELLO });
    await asked.order();
    asked.answer({ headers: STREAM, pieces: [delta, completed], cut: true });
    expect(asked.request.answerPassed).toBe(true);
    expect(asked.logged.ai?.proxy.usage).toMatchObject({ total_tokens: 120 });
  });

  it.each([
    ['cut in the middle of an event', [delta, completed.slice(0, 90)], true],
    ['ended without its terminal event', [delta], false],
  ])('that is %s has no usage and says that it is incomplete', async (_, pieces, cut) => {
    const asked = await askResponses({ body: HELLO });
    await asked.order();
    asked.answer({ headers: STREAM, pieces, cut });
    expect(asked.request.answerPassed).toBe(false);
    expect(asked.logged.ai?.proxy.usage).toBeUndefined();
    expect(asked.logged.ai?.proxy.meta).toMatchObject({ answer_ended: 'incomplete' });
  });

  it('that failed says so', async () => {
    const asked = await askResponses({ body: HELLO });
    await asked.order();
    const failed =
      'data: {"type":"response.failed","response":{"id":"r","error":{"code":"server_error"},"usage":null}}\n\n';
    asked.answer({ headers: STREAM, pieces: [failed] });
    expect(asked.logged.ai?.proxy).toMatchObject({ meta: { answer_ended: 'failed' } });
    expect(asked.logged.ai?.proxy.usage).toBeUndefined();
  });

  it.each<[string, string[], boolean, object]>([
    ['broke off', ['{"id":"resp_1","sta'], true, { answer_ended: 'incomplete' }],
    [
      'failed',
      ['{"id":"resp_1","status":"failed","error":{"code":"server_error"}}'],
      false,
      { answer_ended: 'failed' },
    ],
    ['is whole', ['{"id":"resp_1","status":"completed"}'], false, { answer_ended: undefined }],
  ])('of a client that wants it whole tells that it %s', async (_, pieces, cut, expected) => {
    const asked = await askResponses({ body: { model: 'm', input: 'x' } });
    await asked.order();
    asked.answer({ headers: { 'Content-Type': 'application/json' }, pieces, cut });
    const { answer_ended } = asked.logged.ai?.proxy.meta ?? {};
    expect({ answer_ended }).toEqual(expected);
  });

  it('may be silent for minutes unless somebody chose a read_timeout', async () => {
    const timeouts = async (balancer: object | undefined) =>
      (await (await askResponses({ body: HELLO }, { balancer })).order()).order.timeouts;
    expect(await timeouts(undefined)).toEqual({ connect: 60000, head: 60000, idle: 300000, write: 60000 });
    expect(await timeouts({ read_timeout: 5000 })).toMatchObject({ head: 5000, idle: 5000 });
  });

  it.each([
    ['a stream, whatever the client takes', STREAM, { 'accept-encoding': 'gzip' }, true],
    ['a body for a client that cannot', { 'Content-Type': 'application/json' }, {}, true],
    ['a body for a client that can', { 'Content-Type': 'application/json' }, { 'accept-encoding': 'gzip' }, false],
  ])('undoes the coding of %s', async (_, type, client, expected) => {
    const asked = await askResponses({ body: HELLO, headers: client });
    await asked.order();
    asked.answer({ headers: { ...type, 'Content-Encoding': 'gzip' }, pieces: [] });
    expect(asked.request.inflating).toBe(expected);
  });

  it('is not seen in an error, which passes as it came', async () => {
    const asked = await askResponses({ body: HELLO });
    await asked.order();
    const error = '{"error":{"message":"slow down","type":"requests"}}';
    const headers = { 'Content-Type': 'application/json', 'Retry-After': '7', 'Set-Cookie': 'a=b' };
    const answered = asked.answer({ status: 429, headers, pieces: [error] });
    expect(answered.body.toString()).toBe(error);
    expect(answered.headers).toEqual({ 'content-type': 'application/json', 'retry-after': '7', 'set-cookie': 'a=b' });
    expect(asked.logged.ai?.proxy.meta).toMatchObject({ request_model: 'gpt-4o', response_model: 'gpt-4o' });
    expect(asked.logged.ai?.proxy.usage).toBeUndefined();
  });
});

describe('a stream of chat chunks', () => {
  const chunk = (value: object) => `data: ${JSON.stringify({ id: 'c', model: 'gpt-4o-2024', ...value })}\n\n`;
  const content = chunk({
    choices: [{ index: 0, delta: { content: 'Hi "usage"' }, finish_reason: null }],
    usage: null,
  });
  const finish = chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: null });
  const usage = chunk({ choices: [], usage: { prompt_tokens: 8, completion_tokens: 1, total_tokens: 9 } });
  const done = 'data: [DONE]\n\n';
  const whole = [content, ': ping\n\n', finish, usage, done].join('');

  const askChat = (body: object) =>
    desk.ask(plugins.aiProxy(CHAT), { path: '/chat', body: { ...HI, stream: true, ...body } });

  it('reports its usage, which a client that did not ask for it does not see, wherever it is cut', async () => {
    const asked = await askChat({ stream_options: { x: 1 } });
    expect((await asked.order()).json.stream_options).toEqual({ x: 1, include_usage: true });
    for (let at = 0; at <= whole.length; at++) {
      const { body } = asked.answer({ headers: STREAM, pieces: [whole.slice(0, at), whole.slice(at)] });
      expect(body.toString()).toBe(whole.replace(usage, ''));
      expect(asked.logged.ai?.proxy.usage).toMatchObject({ prompt_tokens: 8, completion_tokens: 1, total_tokens: 9 });
    }
  });

  it('passes each event on as soon as it is complete', async () => {
    const asked = await askChat({});
    await asked.order();
    const { pieces } = asked.answer({
      headers: STREAM,
      pieces: [content, ': ping\n\n', `${finish}${usage.slice(0, 20)}`, usage.slice(20)],
    });
    expect(pieces.map(String)).toEqual([content, ': ping\n\n', finish, '', '']);
  });

  it('shows its usage to a client that asked for it', async () => {
    const asked = await askChat({ stream_options: { include_usage: true } });
    await asked.order();
    expect(asked.answer({ headers: STREAM, pieces: [whole] }).body.toString()).toBe(whole);
  });

  it('is left alone where nobody counts', async () => {
    const group = plugins.aiProxy({ ...CHAT, logging: {} });
    const body = '{"stream":true,"model":"m","messages":[{}]}';
    const { text } = await (await desk.ask(group, { path: '/chat', body })).order();
    expect(text).toBe(body);
  });
});

describe('an answer in one piece', () => {
  const completion = JSON.stringify({
    id: 'c',
    model: 'gpt-4o-2024',
    choices: [{ index: 0, message: { content: 'Hi' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 25, completion_tokens: 12, total_tokens: 37 },
  });
  const JSON_TYPE = { 'Content-Type': 'application/json' };

  it('costs what its tokens cost', async () => {
    const options = { input_cost: 10, output_cost: 10 };
    const asked = await desk.ask(plugins.aiProxy({ ...CHAT, model: { provider: 'openai', options } }), { body: HI });
    await asked.order();
    asked.answer({ headers: JSON_TYPE, pieces: [completion.slice(0, 30), completion.slice(30)] });
    expect(asked.logged.ai?.proxy.usage).toMatchObject({ cost: 0.00037, total_tokens: 37 });
    expect(asked.logged.ai?.proxy.meta).toMatchObject({ request_mode: 'oneshot', response_model: 'gpt-4o-2024' });
  });

  it('is read from a private copy where the client takes it compressed', async () => {
    const asked = await desk.ask(plugins.aiProxy(CHAT), { body: HI, headers: { 'accept-encoding': 'gzip' } });
    expect((await asked.order()).headers['accept-encoding']).toBe('gzip, identity');
    const coded = gzipSync(completion);
    const { body, headers } = asked.answer({ headers: { ...JSON_TYPE, 'Content-Encoding': 'gzip' }, pieces: [coded] });
    expect(body.equals(coded)).toBe(true);
    expect(headers['content-encoding']).toBe('gzip');
    expect(asked.logged.ai?.proxy.usage).toMatchObject({ total_tokens: 37 });
  });

  it('without a usage report has no usage in the log, not one of zeros', async () => {
    const asked = await desk.ask(plugins.aiProxy(CHAT), { body: HI });
    await asked.order();
    asked.answer({ headers: JSON_TYPE, pieces: ['{"model":"m","choices":[]}'] });
    expect(asked.logged.ai?.proxy.usage).toBeUndefined();
    expect(asked.logged.ai?.proxy.meta).toMatchObject({ response_model: 'm' });
  });

  it('is logged with its request, without the key that went in the body', async () => {
    const auth = { param_name: 'api_key', param_value: 'sk-"secret', param_location: 'body' };
    const asked = await desk.ask(plugins.aiProxy({ ...CHAT, auth, logging: { log_payloads: true } }), { body: HI });
    expect((await asked.order()).json.api_key).toBe('sk-"secret');
    asked.answer({ headers: JSON_TYPE, pieces: [completion] });
    const { payload, meta, usage } = asked.logged.ai?.proxy ?? {};
    expect(JSON.parse(payload?.request as string)).toEqual({ ...HI, stream: false, api_key: 'REDACTED' });
    expect(payload?.response).toBe(completion);
    expect([meta, usage]).toEqual([undefined, undefined]);
  });
});
