import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Asked, aiPlugins, ExchangeDesk, HELLO, RESPONSES } from '../../test/support/ai-exchange.js';

let desk: ExchangeDesk;
let plugins: Awaited<ReturnType<typeof aiPlugins>>;

beforeAll(async () => {
  desk = await ExchangeDesk.open();
  plugins = await aiPlugins();
});
afterAll(() => desk.close());

const advanced = (targets: object[], more: object = {}) => plugins.aiProxyAdvanced({ targets, ...more });

describe('attempts', () => {
  const at = (port: number, name?: string) => ({
    ...RESPONSES,
    model: { provider: 'openai', name, options: { upstream_url: `http://127.0.0.1:${port}/r` } },
  });
  const refused = { kind: 'error', sent: false, cause: new Error('refused') } as const;
  const reset = { kind: 'error', sent: true, cause: new Error('reset') } as const;
  const port = async (asked: Asked) => (await asked.order()).order.address.port;

  it('go on to the next target when a connection cannot be made, each in its own words', async () => {
    const group = advanced([at(1, 'one'), at(2, 'two')]);
    const asked = await desk.ask(group, { body: { input: 'x' } });
    const first = await asked.order();
    expect(asked.ended(refused)).toBe(true);
    const second = await asked.order();
    expect(new Set([first.order.address.port, second.order.address.port])).toEqual(new Set([1, 2]));
    expect(second.json.model).toBe(second.order.address.port === 1 ? 'one' : 'two');
    expect(asked.logged.ai?.proxy.tried_targets).toMatchObject([
      { port: first.order.address.port },
      { model: second.json.model },
    ]);
  });

  it('are not repeated once a POST was sent, unless that is allowed', async () => {
    const outcomes = async (failover_criteria: string[], outcome: Parameters<Asked['ended']>[0]) => {
      const asked = await desk.ask(advanced([at(1), at(2)], { balancer: { failover_criteria } }), { body: HELLO });
      await asked.order();
      return asked.ended(outcome);
    };
    const status = (code: number) => ({ kind: 'status', status: code }) as const;
    expect(await outcomes(['error', 'timeout'], reset)).toBe(false);
    expect(await outcomes(['error', 'non_idempotent'], reset)).toBe(true);
    expect(await outcomes(['error', 'http_503'], status(503))).toBe(false);
    expect(await outcomes(['error', 'http_503', 'non_idempotent'], status(503))).toBe(true);
    expect(await outcomes(['error', 'http_503', 'non_idempotent'], status(500))).toBe(false);
    expect(await outcomes(['timeout'], refused)).toBe(false);
    expect(await outcomes(['error', 'non_idempotent'], { kind: 'abandoned' })).toBe(false);
  });

  it('are one more than the retries', async () => {
    const asked = await desk.ask(advanced([at(1)], { balancer: { retries: 2 } }), { body: HELLO });
    const ended: boolean[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      await asked.order();
      ended.push(asked.ended(refused));
    }
    expect(ended).toEqual([true, true, false]);
  });

  it('of ai-proxy are as many as the Service says, and wait as long', async () => {
    const service = { retries: 1, connect_timeout: 1, read_timeout: 2, write_timeout: 3 };
    const asked = await desk.ask(plugins.aiProxy(at(1)), { body: HELLO, service });
    expect((await asked.order()).order.timeouts).toEqual({ connect: 1, head: 2, idle: 2, write: 3 });
    expect(asked.ended(refused)).toBe(true);
    await asked.order();
    expect(asked.ended(refused)).toBe(false);
  });

  it('leave a target out whose circuit is open, and say so when that was the last', async () => {
    const balancer = { max_fails: 1, fail_timeout: 60000, retries: 0 };
    const group = advanced([at(1), at(2)], { balancer });
    const first = await desk.ask(group, { body: HELLO });
    const failed = await port(first);
    first.ended(refused);
    for (let round = 0; round < 3; round++) {
      const asked = await desk.ask(group, { body: HELLO });
      expect(await port(asked)).not.toBe(failed);
      asked.ended({ kind: 'status', status: 200 });
    }
    const last = await desk.ask(group, { body: HELLO });
    await last.order();
    last.ended(refused);
    expect((await desk.ask(group, { body: HELLO })).refusal?.status).toBe(500);
  });

  it('go to the highest priority, then lower, and then nowhere', async () => {
    const targets = [
      { ...at(1), weight: 10 },
      { ...at(2), weight: 20 },
    ];
    const asked = await desk.ask(advanced(targets, { balancer: { algorithm: 'priority' } }), { body: HELLO });
    expect(await port(asked)).toBe(2);
    expect(asked.ended(refused)).toBe(true);
    expect(await port(asked)).toBe(1);
    expect(asked.ended(refused)).toBe(false);
  });

  it('are over once, whoever says so', async () => {
    const group = advanced([at(1), at(2)], { balancer: { algorithm: 'least-connections' } });
    const asked = await desk.ask(group, { body: HELLO });
    const busy = await port(asked);
    expect(asked.ended(refused)).toBe(true);
    // The client leaves while the next attempt is being planned.
    asked.request.plan?.settle(asked.request, { kind: 'abandoned' });
    const [first, second] = [await desk.ask(group, { body: HELLO }), await desk.ask(group, { body: HELLO })];
    expect(new Set([await port(first), await port(second)])).toEqual(new Set([1, 2]));
    expect(busy).toBeGreaterThan(0);
  });

  it('of one conversation go to one target', async () => {
    const balancer = { algorithm: 'consistent-hashing', hash_on_header: 'session_id' };
    const group = advanced([at(1), at(2), at(3)], { balancer });
    const ports = new Set<number>();
    for (let round = 0; round < 5; round++) {
      ports.add(await port(await desk.ask(group, { body: HELLO, headers: { session_id: 'a' } })));
    }
    expect(ports.size).toBe(1);
  });

  it('whose host has no address are told as the proxy tells it', async () => {
    const model = { provider: 'openai', options: { upstream_url: 'http://nowhere.invalid/r' } };
    const asked = await desk.ask(advanced([{ ...RESPONSES, model }]), { body: HELLO });
    expect(await asked.request.plan?.next(asked.request)).toMatchObject({
      kind: 'unavailable',
      status: 503,
      reason: "no address found for host 'nowhere.invalid'",
    });
  });
});
